/** An unsigned JWT with these claims. */
export function jwt(claims: unknown): string {
  return [{ alg: "none" }, claims, "signature"].map((part) => {
    const bytes = new TextEncoder().encode(JSON.stringify(part));
    return btoa(String.fromCharCode(...bytes))
      .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  }).join(".");
}

/** The claims of one account as the issuer writes them. */
export function accountClaims(
  account: string,
  more: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    email: `${account}@example.com`,
    "https://api.openai.com/auth": {
      chatgpt_account_id: account,
      chatgpt_plan_type: "plus",
    },
    ...more,
  };
}
