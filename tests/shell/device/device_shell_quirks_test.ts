import assert from "node:assert/strict";
import { LineModel } from "../../../src/shell/device/line_model.ts";
import { type DoubleSession, openDouble } from "../../support/device_session.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import type { DoubleFamily, DoublePager } from "../../support/double_family.ts";
import { EOS, IOS, PROCURVE } from "../../support/ios_doubles.ts";
import { VRP } from "../../support/other_doubles.ts";

const ROWS = Array.from({ length: 40 }, (_, row) => row % 4 === 0 ? "!" : ` row ${row}`).join("\n");
const PLAIN = { ...IOS, ident: "acme", answers: IOS.answers.slice(1) };
const back = (count: number): string => "\b".repeat(count);

const PAGERS: readonly (readonly [name: string, pager: DoublePager])[] = [
  ["9 back, 8 blanks, 9 back", {
    text: " --More-- ",
    wipe: back(9) + " ".repeat(8) + back(9),
    quitKey: "q",
  }],
  ["lines 1-23", { text: "lines 1-23 ", wipe: "\r\x1b[K", quitKey: "q" }],
  ["-Press Any Key For More-", {
    text: "-Press Any Key For More-",
    wipe: `\r${" ".repeat(24)}\r`,
    quitKey: "q",
  }],
  ["Press Enter to continue...", {
    text: "Press Enter to continue...",
    wipe: "\r\x1b[K",
    quitKey: "q",
  }],
  ["nothing wiped", { text: "--More--", wipe: "\r\n", quitKey: "q" }],
];

for (const [name, pager] of PAGERS) {
  Deno.test(`DeviceShell.execute() leaves no trace of a pager: ${name}`, async () => {
    for (const profile of name.startsWith("9") ? ["ios", "iosxr", "generic"] : ["generic"]) {
      await using device = await openDouble({ ...PLAIN, pager }, {
        outputs: [ROWS],
        paging: "stubborn",
        open: { profile },
      });
      const from = device.clock.now();
      assert.equal((await device.run("show output 0")).text, ROWS + "\n", profile);
      const pages = device.channel.device.pages;
      assert.ok(device.clock.now() - from < 500 + 20 * pages, `${device.clock.now() - from}`);
    }
  });
}

Deno.test("DeviceShell.execute() answers a pager that comes behind text on its row", async () => {
  const pager = {
    text: "0/1  systemvi--More--",
    wipe: `${back(8)}        ${back(8)}`,
    quitKey: "q",
  };
  await using device = await openDouble({ ...PLAIN, pager }, {
    outputs: ["a\nb\nc\nd\ne\nrouter\nf"],
    paging: "stubborn",
    open: { profile: "generic" },
  });
  const { text } = await device.run("show output 0");
  assert.equal(text, "a\nb\nc\nd\ne\n0/1  systemvirouter\nf\n");
});

Deno.test("DeviceShell.execute() answers no pager whose numbers are still coming", async () => {
  const pager = { text: "lines 1-24 ", wipe: "\r\n", quitKey: "q" };
  for (let seed = 1; seed <= 30; seed++) {
    await using device = await openDouble({ ...PLAIN, pager }, {
      outputs: [ROWS],
      seed,
      longestPiece: 5,
      longestDelayMs: 12,
      paging: "stubborn",
      open: { profile: "generic" },
    });
    assert.equal((await device.run("show output 0")).text, ROWS + "\n", `seed ${seed}`);
  }
});

Deno.test("LineModel takes DL at the top and IL at the bottom for ProCurve's line feed", () => {
  const model = new LineModel({ columns: 511, rows: 511 });
  model.feed(
    "\x1b[24;1Hsw# show x\x1b[1;0H\x1b[1M\x1b[24;1H\x1b[1Lone\x1b[1;0H\x1b[1M\x1b[24;1H\x1b[1L",
  );
  const rows = Array.from({ length: model.cursorRow + 1 }, (_, row) => model.line(row).text);
  assert.deepEqual(rows, ["sw# show x", "one", ""]);
});

Deno.test("openDevice() drives ArubaOS-Switch 16, which answers Enter without a line feed", async () => {
  const enterEcho = "\x1b[1;0H\x1b[1M\x1b[24;1H\x1b[1L";
  await using device = await openDouble({ ...PROCURVE, enterEcho }, { outputs: ["a\nb #"] });
  assert.equal((await device.run("show output 0")).text, "a\nb #\n");
});

/** A box whose prompt and echo are shown in a way of its own. */
function box(line: string, more: Partial<DoubleFamily> = {}): DoubleFamily {
  return { ...PLAIN, prompt: () => ({ line, header: "" }), ...more };
}

for (
  const line of [
    "FI-A#  \b",
    "27N2(2960_PoE)>",
    "S01-P1-RK13-SW01 > ",
    " [standalone: master] > ",
    "(Machine mail.example.com)> ",
    "(Cisco Controller) >",
  ]
) {
  Deno.test(`openDevice() learns the prompt "${line}"`, async () => {
    await using device = await openDouble(box(line), { outputs: ["a\n\nb # >"] });
    const openMs = device.clock.now() - new FakeClock().now();
    assert.ok(openMs < 1_000, `taken for something else for ${openMs} ms`);
    for (let round = 0; round < 3; round++) {
      assert.equal((await device.run("show output 0")).text, "a\n\nb # >\n");
    }
  });
}

Deno.test("openDevice() drives a line that is padded to the width", async () => {
  await using device = await openDouble(box("[admin@rb] > ", { echo: "padded" }), {
    outputs: ["a\nb"],
    open: { profile: "routeros" },
  });
  assert.equal((await device.run("show output 0")).text, "a\nb\n");
});

Deno.test("openDevice() follows a prompt that counts its lines", async () => {
  let count = 0;
  const prompt = () => ({ line: `unit [${++count}] => `, header: "" });
  await using device = await openDouble({ ...PLAIN, prompt }, { outputs: ["unit [9] =>\nb"] });
  for (let round = 0; round < 12; round++) {
    assert.equal((await device.run("show output 0")).text, "unit [9] =>\nb\n");
  }
});

for (
  const [exec, privileged] of [
    ["(Metro_Switch_A_1)>", "(Metro_Switch_A_1)#"],
    ["27N2(2960_PoE)>", "27N2(2960_PoE)#"],
    ["hostname(Primary) # ", "hostname(Primary) (global) # "],
  ] as const
) {
  Deno.test(`DeviceShell.execute() follows "${exec}" to "${privileged}"`, async () => {
    const prompt: DoubleFamily["prompt"] = ({ level }) => ({
      line: level === "exec" ? exec : privileged,
      header: "",
    });
    const up = { match: /^up$/, become: () => ({ level: "privileged" as const }) };
    await using device = await openDouble({ ...PLAIN, prompt, answers: [up, ...PLAIN.answers] }, {
      outputs: ["a"],
    });
    assert.equal((await device.run("up")).text, "");
    assert.equal((await device.run("show output 0")).text, "a\n");
  });
}

Deno.test("DeviceShell.execute() is not ended by its own prompt in the output, and a pause", async () => {
  const poor = (["no rub-out", "no echo"] as const).map((keys) => ({ ...IOS, keys }));
  for (const family of [IOS, PROCURVE, { ...PLAIN, echo: "redraw" as const }, ...poor]) {
    const outputs = ["edge-r1>\nedge-r1> show clock\nedge-r1>\n\nlast"];
    for (let seed = 1; seed <= 12; seed++) {
      await using device = await openDouble(family, {
        outputs,
        seed,
        longestPiece: 9,
        longestDelayMs: family === PROCURVE ? 150 : 400,
      });
      assert.equal((await device.run("show output 0")).text, outputs[0] + "\n", `seed ${seed}`);
    }
  }
});

Deno.test("DeviceShell.execute() soon ends behind a row that was taken for the prompt", async () => {
  // Keys typed too early are shown twice there, and rubbed out once.
  for (let seed = 1; seed <= 6; seed++) {
    const outputs = ["a\nedge-r1>\nlast", "a\nb\nlast"];
    await using device = await openDouble(EOS, {
      outputs,
      seed,
      longestPiece: 3,
      longestDelayMs: 40,
    });
    const times: number[] = [];
    for (const number of [0, 1]) {
      const from = device.clock.now();
      const { text } = await device.run(`show output ${number}`);
      assert.equal(text, outputs[number] + "\n", `seed ${seed}`);
      times.push(device.clock.now() - from);
    }
    assert.ok(times[0]! < times[1]! + 700, `seed ${seed}: ${times}`);
  }
});

for (const family of [IOS, EOS, VRP, { ...IOS, keys: "no rub-out" as const }]) {
  const how = family.keys === undefined ? family.id : `${family.id} without rubbing out`;
  Deno.test(`DeviceShell.execute() returns output without a line end, ${how}`, async () => {
    const opened: DoubleSession[] = [];
    let rest = "";
    const glued: DoubleFamily = {
      ...family,
      prompt: (state) => {
        const shown = family.prompt(state);
        if (opened[0]?.channel.device.typed.at(-1) !== "show output 0") return shown;
        const line = rest + shown.line;
        rest = "";
        return { ...shown, line };
      },
    };
    await using device = await openDouble(glued, {
      outputs: ["a\nb", "x\ny"],
      longestDelayMs: 40,
    });
    opened.push(device);
    for (const last of ["last words", "last #", "1", "a > b"]) {
      assert.equal((await device.run("show output 1")).text, "x\ny\n");
      rest = last;
      assert.equal((await device.run("show output 0")).text, `a\nb\n${last}`);
    }
  });
}

Deno.test("openDevice() types Ctrl-Y where a row above a box asks for it, once", async () => {
  for (const box of ["", "\r\n\r\n*****\r\n* ERS *\r\n*****", "\r\n\r\n*****\r\n\r\n"]) {
    const doorstep = { text: `Enter Ctrl-Y to begin.${box}`, keys: ["\x19"] };
    const prompt = () => ({ line: "sw1:1>", header: "" });
    await using device = await openDouble({ ...PLAIN, doorstep, prompt }, { outputs: ["a\nb"] });
    assert.equal(device.shell.facts.shellKind, "voss");
    assert.equal((await device.run("show output 0")).text, "a\nb\n");
  }
});
