/**
 * The floor of a turn: the smallest honest program that posts what is piped in and writes the deltas as they come. No
 * options, config, database, cookies, retries or deadlines; but it looks at each byte once, and every write is awaited.
 *
 * @module
 */

const prompt = await new Response(Deno.stdin.readable).text();
const response = await fetch(Deno.env.get("BENCH_URL") ?? "", {
  method: "POST",
  headers: {
    "authorization": `Bearer ${Deno.env.get("BENCH_TOKEN")}`,
    "accept": "text/event-stream",
    "content-type": "application/json",
  },
  body: JSON.stringify({
    model: "gpt-5",
    input: [{ role: "user", content: prompt }],
    store: false,
    stream: true,
  }),
});
const decoder = new TextDecoder();
const encoder = new TextEncoder();
let unfinished: string[] = [];
let completed = false;
for await (const chunk of response.body ?? []) {
  const text = decoder.decode(chunk, { stream: true });
  let answer = "";
  let start = 0;
  for (;;) {
    const end = text.indexOf("\n", start);
    if (end === -1) break;
    const line = unfinished.length === 0
      ? text.slice(start, end)
      : unfinished.join("") + text.slice(start, end);
    unfinished = [];
    start = end + 1;
    if (!line.startsWith("data: ")) continue;
    const event = JSON.parse(line.slice("data: ".length));
    if (event.type === "response.output_text.delta") answer += event.delta;
    else if (event.type === "response.completed") completed = true;
  }
  if (start < text.length) unfinished.push(text.slice(start));
  const bytes = encoder.encode(answer);
  for (let at = 0; at < bytes.length;) {
    at += await Deno.stdout.write(bytes.subarray(at));
  }
  if (completed) break;
}
Deno.exit(response.ok && completed ? 0 : 1);
