import assert from "node:assert/strict";
import { windowOf } from "../../../src/transport/ssh2/session_request.ts";

const KIB = 1024;

Deno.test("windowOf() gives a terminal 256 KiB, so that its flood delays no neighbour for long", () => {
  const start = { kind: "shell" } as const;
  const pty = { rows: 24, columns: 80, term: "xterm" };
  assert.equal(windowOf({ start, pty }), 256 * KIB);
  assert.equal(windowOf({ start: { kind: "subsystem", name: "sftp" } }), 2048 * KIB);
});
