/** What is wrong with a request, for a 400. */
export interface Problem {
  readonly message: string;
  /** Where in the body. */
  readonly param: string;
}

/** The problem of a value of the wrong kind. */
export function wrongKind(param: string, expected: string): Problem {
  return { param, message: `Invalid '${param}': expected ${expected}.` };
}

/** The problem of a field that does not belong. */
export function unknownField(param: string): Problem {
  return { param, message: `Unknown parameter: '${param}'.` };
}
