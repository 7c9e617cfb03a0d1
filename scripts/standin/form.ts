/** The media type of a request, in lower case and without parameters. */
export function mediaType(headers: Headers): string {
  return (headers.get("content-type") ?? "").split(";", 1)[0]?.trim()
    .toLowerCase() ?? "";
}

/** Reads a JSON object whose fields are all strings; undefined for anything else. */
export function jsonFields(body: string): URLSearchParams | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return undefined;
  }
  const fields = new URLSearchParams();
  for (const [name, field] of Object.entries(value)) {
    if (typeof field !== "string") return undefined;
    fields.append(name, field);
  }
  return fields;
}
