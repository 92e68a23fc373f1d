// a module that does not parse
// phase: body
}}} ]]] const const; 
