/** A request without a result; the message says why, as the rest of a sentence about the server. */
export class Failure extends Error {
  override readonly name = "Failure";
  /** The server has forgotten the session, and never saw the request. */
  readonly forgotten: boolean;

  constructor(message: string, { forgotten = false } = {}) {
    super(message);
    this.forgotten = forgotten;
  }
}
