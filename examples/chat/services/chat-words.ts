// Chat words: the bounds and texts that users meet.

/** Characters of one line. */
export const lineChars = 500;

export const helpText = "say anything · /nick NAME · /join ROOM · /rooms · /who · /help · /quit";
