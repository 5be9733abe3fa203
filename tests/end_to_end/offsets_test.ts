import assert from "node:assert/strict";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { borrowWorld } from "../support/shared_server.ts";
import { idOf, settled } from "../support/world.ts";

const LEFT_OUT =
  /^\[… (\d+) characters left out here: get_command_status\(command_id="([^"]+)", offset=(\d+), max_output_chars=(\d+)\) reads on, match="word\|word" finds lines in them …\]$/m;

/** Prints rows of one to four bytes a character, some of them with several code points. */
const WIDE_SCRIPT = [
  "import sys",
  "for i in range(6000):",
  "    sys.stdout.write(f'{i} \\u00e4\\u20ac\\u4e2d\\U0001f600\\U0001f468\\u200d\\U0001f469\\u200d\\U0001f467e\\u0301\\n')",
].join("\n");
const WIDE = Array.from(
  { length: 6000 },
  (_, i) => `${i} \u00e4\u20ac\u4e2d\u{1f600}\u{1f468}\u200d\u{1f469}\u200d\u{1f467}e\u0301\n`,
).join("");

Deno.test("a long output is cut in the middle, and the line there names the call that reads the rest", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const reply = await settled(server, await server.run("seq 1 100000"));
  const whole = Array.from({ length: 100_000 }, (_, i) => `${i + 1}\n`).join("");
  const { omitted_chars, total_chars, dropped_chars } = reply.meta!;
  assert.equal(total_chars, whole.length);
  assert.equal(dropped_chars, 0);
  assert.ok(reply.text.length < 21_000, String(reply.text.length));
  const gap = LEFT_OUT.exec(reply.body)!;
  assert.equal(Number(gap[1]), omitted_chars);
  const rest = await server.call("get_command_status", {
    command_id: gap[2],
    offset: Number(gap[3]),
    max_output_chars: whole.length,
  });
  assert.equal(Number(gap[4]), 20_000);
  const [head, tail] = reply.body.split(`${gap[0]}\n`);
  assert.equal(head + rest.body.slice(0, omitted_chars) + tail, whole);
});

Deno.test("an output of several bytes a character is read by offset in pages, whole and exact", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  await server.call("write_file", {
    host: server.host,
    remote_path: "wide.py",
    content: WIDE_SCRIPT,
  });
  const command = "PYTHONIOENCODING=utf-8 python3 wide.py";
  const reply = await server.run(command, { max_output_chars: 500 });
  assert.equal(reply.meta?.exit_status, 0, reply.text);
  assert.ok(reply.body.isWellFormed());
  assert.equal(reply.meta.total_chars, WIDE.length);
  assert.equal(await readByPages(server, reply, 4_099), WIDE);
  assert.equal(await readByPages(server, reply, 50_000), WIDE);
});

Deno.test("an output without line ends is cut and read by offset all the same", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const command = "head -c 300000 /dev/zero | tr '\\0' x; printf '%s' end";
  const reply = await server.run(command);
  assert.equal(reply.meta?.total_chars, 300_003);
  assert.ok(reply.meta.omitted_chars >= 280_000);
  assert.ok(reply.body.endsWith("xend"), reply.body.slice(-50));
  assert.equal(await readByPages(server, reply, 77_777), `${"x".repeat(300_000)}end`);
});

Deno.test("an output over the retention keeps its first MiB and its last nine, and counts the rest", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const lines = 2_000_000;
  const reply = await settled(server, await server.run(`seq 1 ${lines}`, { timeout: 50 }));
  const total = Array.from({ length: lines }, (_, i) => `${i + 1}`.length + 1)
    .reduce((sum, length) => sum + length);
  assert.equal(reply.meta?.exit_status, 0, reply.firstLine);
  assert.equal(reply.meta.total_chars, total);
  const dropped = reply.meta.dropped_chars;
  assert.ok(Math.abs(total - dropped - 10 * 2 ** 20) < 2 ** 18, String(dropped));
  assert.ok(reply.body.startsWith("1\n2\n3\n"));
  assert.ok(reply.body.endsWith("1999999\n2000000\n"));
  const command_id = idOf(reply);
  const gone = await server.call("get_command_status", { command_id, offset: 3 * 2 ** 20 });
  assert.match(
    gone.body.split("\n")[0]!,
    /^\[… \d+ characters left out here: .*; \d+ characters are gone for good …\]$/,
  );
  const last = await server.call("get_command_status", { command_id, offset: total - 8 });
  assert.equal(last.body, "2000000\n");
});

Deno.test("max_output_chars=0 gives no output, and an offset beyond the end says where that is", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const reply = await server.run("seq 1 100", { max_output_chars: 0 });
  assert.equal(reply.meta?.omitted_chars, 292);
  assert.match(reply.body, LEFT_OUT);
  const beyond = await server.call("get_command_status", {
    command_id: idOf(reply),
    offset: 1_000_000,
  });
  assert.equal(beyond.body, "[the output has 292 characters]");
  assert.ok(!beyond.isError);
});

Deno.test("reading by offset while the command runs loses and repeats nothing", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const command = "for i in $(seq 1 400); do echo row $i 😀; sleep 0.005; done; printf '%s' last";
  let reply = await server.run(command, { timeout: 0.1, max_output_chars: 0 });
  let text = "";
  for (let offset = 0;;) {
    reply = await server.call("get_command_status", {
      command_id: idOf(reply),
      offset,
      max_output_chars: 300,
    });
    const gap = LEFT_OUT.exec(reply.body);
    const next = gap ? Number(gap[3]) : reply.meta!.next_offset;
    text += reply.body.slice(0, next - offset);
    if (reply.meta!.state === "exited" && next === offset) break;
    offset = next;
  }
  const rows = Array.from({ length: 400 }, (_, i) => `row ${i + 1} 😀\n`).join("");
  assert.equal(text, `${rows}last`);
});

async function readByPages(
  server: ServerUnderTest,
  of: ToolReply,
  max_output_chars: number,
): Promise<string> {
  const pages: string[] = [];
  for (let offset = 0; offset < of.meta!.total_chars;) {
    const page = await server.call("get_command_status", {
      command_id: idOf(of),
      offset,
      max_output_chars,
    });
    const gap = LEFT_OUT.exec(page.body);
    const next = gap ? Number(gap[3]) : page.meta!.next_offset;
    assert.ok(next > offset, page.firstLine);
    const text = page.body.slice(0, next - offset);
    assert.ok(text.isWellFormed(), "a page cuts a character in two");
    pages.push(text);
    offset = next;
  }
  return pages.join("");
}
