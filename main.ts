import { denoHost } from "./src/deno_host.ts";
import { run } from "./src/run.ts";

const { host, argv, exit } = denoHost();
// Idle sockets and a stalled stdin would keep the process; everything written has been taken by now.
exit(await run(argv, host));
