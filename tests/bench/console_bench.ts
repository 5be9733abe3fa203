import { ConsolePage, logIn, startConsole } from "../support/console_client.ts";
import { startSshd } from "../support/sshd.ts";
import { type BenchRow, elapsedMs, formatMib, formatSpread } from "./row.ts";

const CONNECTIONS = 10_000;
const CALLS = 50;

/** The console under a flood with a page that draws nothing, and under many connections. */
export async function consoleRows(): Promise<readonly BenchRow[]> {
  await using sshd = await startSshd();
  const { server, origin } = await startConsole({ env: sshd.environment() });
  await using _server = server;
  const other = { session: "other" };
  await server.run("true");
  await server.run("true", other);
  const sample = async (): Promise<number> => await elapsedMs(() => server.run("true", other));
  await using page = await ConsolePage.open(origin, await logIn(origin));
  await page.watch();
  page.saysDrawn = false;
  const flood = server.run("head -c 200000000 /dev/zero | tr '\\0' 'x' | fold -w 100");
  const beside: number[] = [];
  for (let call = 0; call < CALLS; call++) beside.push(await sample());
  const floodMs = await elapsedMs(() => flood);
  const flooded = await server.residentBytes();
  const idle: Deno.Conn[] = [];
  for (let n = 0; n < CONNECTIONS; n++) {
    const to = { hostname: "127.0.0.1", port: Number(new URL(origin).port) };
    await Deno.connect(to).then((connection) => idle.push(connection), () => {});
  }
  const crowded: number[] = [];
  for (let call = 0; call < CALLS; call++) crowded.push(await sample());
  const resident = await server.residentBytes();
  for (const connection of idle) connection.close();
  return [
    {
      what: "console: 200 MB of output, a page that draws nothing, another session's calls",
      measured: `${formatSpread(beside)}, ${formatMib(flooded)}, ${page.bytes} bytes to the page`,
      beside: `flood went on for ${(floodMs / 1000).toFixed(1)} s`,
      goal: "≤ 512 KiB to the page, ≤ 300 MiB",
    },
    {
      what: `console: ${CONNECTIONS} connections, a session's calls`,
      measured: `${formatSpread(crowded)}, ${formatMib(resident)}`,
      goal: "≤ 300 MiB",
    },
  ];
}
