// Dashboard command: where the dashboard of this host is, with the token that opens it.
// Shard 0. Who is at the console may do everything already: the token is for a browser, whose other
// pages may do nothing.
// Invariant: no GET gives the token away.

import type { CommandTable } from "./command.ts";

export const dashboardCommands: CommandTable = {
  dashboard: {
    usage: "",
    summary: "the address of the dashboard, for a browser",
    access: "write",
    run: ({ powers }) => {
      const url = powers.dashboardUrl();
      return { result: url, text: url };
    },
  },
};
