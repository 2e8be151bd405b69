/** The server can't start until a person does something. The message is the one line to show them: what is wrong, what to do. */
export class CannotStart extends Error {}
