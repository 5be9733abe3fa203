import assert from "node:assert/strict";
import { fitsInstalled, textSizesKb } from "../../../../src/shell/posix/readers/program_text.ts";
import { mustRun } from "../../../support/command.ts";

const LISTED = "-rwsr-xr-x 1 0 0 281624 Apr 11  2026 /usr/bin/sudo";

Deno.test("textSizesKb() says what the kernel says of programs that run", async () => {
  for (
    const program of [
      "/bin/dash",
      "/bin/bash",
      "/usr/bin/perl",
      "/usr/bin/busybox",
      "/usr/bin/yash",
    ]
  ) {
    const print = program.endsWith("perl") ? ["-e", 'open(F, "/proc/$$/status"); print <F>'] : [
      ...program.endsWith("busybox") ? ["sh"] : [],
      "-c",
      'while read -r l; do echo "$l"; done < /proc/$$/status',
    ];
    const status = await mustRun([program, ...print]);
    const shown = Number(/^VmExe:\s*(\d+) kB/m.exec(status)?.[1]);
    const header = await mustRun(["od", "-An", "-v", "-tx1", "-N960", program]);
    assert.ok(textSizesKb(header.replace(/\s/g, "")).includes(shown), `${program}: ${shown}`);
  }
});

Deno.test("textSizesKb() reads no file that is cut, forged or something else", async () => {
  const header = (await mustRun(["od", "-An", "-v", "-tx1", "-N960", "/bin/dash"])).replace(
    /\s/g,
    "",
  );
  assert.notDeepEqual(textSizesKb(header), []);
  for (
    const other of [
      "",
      "7f454c46",
      header.slice(0, 200),
      header.slice(1),
      `23${header.slice(2)}`,
      "zz",
    ]
  ) {
    assert.deepEqual(textSizesKb(other), [], other.slice(0, 20));
  }
});

Deno.test("fitsInstalled() takes the text of root's program of the name alone", () => {
  // sudo 1.9 on RHEL may be read by nobody.
  assert.ok(fitsInstalled(184, { listed: LISTED, header: "" }));
  assert.ok(!fitsInstalled(28, { listed: LISTED, header: "" }));
  assert.ok(!fitsInstalled(400, { listed: LISTED, header: "" }));
  assert.ok(!fitsInstalled(184, { listed: LISTED.replace("1 0", "1 1000"), header: "" }));
  assert.ok(!fitsInstalled(184, { listed: "", header: "" }));
});
