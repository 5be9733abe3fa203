import assert from "node:assert/strict";
import { Screen } from "../../src/terminal/screen.ts";

const SIZE = { columns: 40, rows: 5 };

Deno.test("Screen.snapshot() draws the rows, cursor and title of what was fed", async () => {
  using screen = new Screen(SIZE);
  screen.feed("\x1b]2;the title\x07one\r\n\x1b[31mtwo  \x1b[0m\r\n日本\r\n$ ");
  assert.deepEqual(await screen.snapshot(), {
    rows: ["one", "two", "日本", "$", ""],
    columns: 40,
    cursor: { row: 3, column: 2 },
    title: "the title",
    alternateScreen: false,
    cursorText: "plain",
  });
});

Deno.test("Screen.snapshot() tells a pager's prompt from text by its reverse video", async () => {
  for (const [fed, cursorText] of [["\x1b[7mfile", "standout"], ["\x1b[7mfi\x1b[27mle", "plain"]]) {
    using screen = new Screen(SIZE);
    screen.feed(`\x1b[?1049h\x1b[5;1H${fed}\x1b[m`);
    assert.equal((await screen.snapshot()).cursorText, cursorText);
  }
});

Deno.test("Screen.snapshot() follows what is fed later", async () => {
  using screen = new Screen(SIZE);
  screen.feed("a");
  await screen.snapshot();
  screen.feed("b\r\n");
  screen.feed("c");
  const { rows, cursor } = await screen.snapshot();
  assert.deepEqual(rows, ["ab", "c", "", "", ""]);
  assert.deepEqual(cursor, { row: 1, column: 1 });
});

Deno.test("Screen keeps a full-screen program's state however much it draws", async () => {
  using screen = new Screen(SIZE);
  screen.feed("shell\r\n\x1b[?104");
  screen.feed("9h\x1b[H\x1b[2Jtop line\x1b[5;1Hbottom");
  for (let index = 0; index < 3000; index++) {
    screen.feed(`\x1b[3;1Hframe ${index} ${"x".repeat(25)}${"\b".repeat(500)}`);
  }
  const inside = await screen.snapshot();
  assert.ok(inside.alternateScreen);
  assert.deepEqual(inside.rows, ["top line", "", `frame 2999 ${"x".repeat(25)}`, "", "bottom"]);
  screen.feed("\x1b[?1049lback");
  const outside = await screen.snapshot();
  assert.deepEqual(outside.rows, ["shell", "back", "", "", ""]);
  assert.ok(!outside.alternateScreen);
});

Deno.test("Screen draws the end of output far beyond its backlog", async () => {
  using screen = new Screen(SIZE);
  screen.feed("\x1b]0;kept\x07");
  await screen.snapshot();
  for (let index = 0; index <= 200_000; index++) screen.feed(`${index}\r\n`);
  const { rows, title } = await screen.snapshot();
  assert.deepEqual(rows, ["199997", "199998", "199999", "200000", ""]);
  assert.equal(title, "kept");
});

Deno.test("Screen tells keyboard modes at once, however the input is cut", () => {
  using screen = new Screen(SIZE);
  for (const unit of "\x1b[?2004;1h") screen.feed(unit);
  assert.ok(screen.applicationCursorKeys);
  screen.feed("text\x1b[?1l\x1b[?20");
  assert.ok(!screen.applicationCursorKeys);
  screen.feed("04l\x1b[?1h");
  assert.ok(screen.applicationCursorKeys);
  screen.feed("\x1bc");
  assert.ok(!screen.applicationCursorKeys);
});

Deno.test("Screen answers queries of full-screen programs alone, and once", async () => {
  const replies: string[] = [];
  using screen = new Screen({ ...SIZE, onReply: (reply) => replies.push(reply) });
  screen.feed("cat file: \x1b[6n\x1b[c");
  await screen.snapshot();
  assert.deepEqual(replies, []);
  screen.feed("\x1b[?1049h\x1b[2;3H\x1b[6n");
  await screen.snapshot();
  assert.deepEqual(replies, ["\x1b[2;3R"]);
  screen.feed("\x1b[?1049l");
  for (let index = 0; index < 3; index++) screen.feed("filler\r\n".repeat(20_000));
  screen.feed("\x1b[5n");
  await screen.snapshot();
  assert.deepEqual(replies, ["\x1b[2;3R"]);
});

Deno.test("Screen answers no query of a command that is over, drawn or not", async () => {
  const replies: string[] = [];
  using screen = new Screen({ ...SIZE, onReply: (reply) => replies.push(reply) });
  for (let command = 0; command < 3; command++) {
    screen.feed("\x1b[?1049h\x1b[2;3H\x1b[6n");
    screen.leave();
    screen.feed("next\r\n");
    await screen.snapshot();
  }
  assert.deepEqual(replies, []);
  screen.feed("\x1b[?1049h\x1b[4;5H\x1b[6n");
  screen.leave();
  screen.feed("\x1b[?1049h\x1b[2;3H\x1b[6n");
  await screen.snapshot();
  assert.deepEqual(replies, ["\x1b[2;3R"]);
});

Deno.test("Screen.leave() brings back the primary screen and the cursor keys", async () => {
  using screen = new Screen(SIZE);
  screen.feed("$ vim\r\n\x1b[?1049h\x1b[?1h\x1b[2J\x1b[Hdrawn\x1b[");
  screen.leave();
  assert.ok(!screen.alternateScreen && !screen.applicationCursorKeys);
  screen.feed("Killed");
  const { rows, alternateScreen } = await screen.snapshot();
  assert.deepEqual(rows.slice(0, 2), ["$ vim", "Killed"]);
  assert.ok(!alternateScreen);
});

/** A disposed terminal of @xterm/headless still takes turns of the event loop for what it was given. */
async function xtermIsDone(): Promise<void> {
  for (let turn = 0; turn < 300; turn++) await new Promise((resolve) => setTimeout(resolve));
}

function untilDone(screen: Screen): Screen & AsyncDisposable {
  return Object.assign(screen, {
    [Symbol.asyncDispose]: async () => {
      screen[Symbol.dispose]();
      await xtermIsDone();
    },
  });
}

Deno.test(
  "Screen.snapshot() ends when the screen is disposed meanwhile",
  async () => {
    const screen = new Screen(SIZE);
    screen.feed("x".repeat(100_000));
    const snapshot = screen.snapshot();
    screen[Symbol.dispose]();
    assert.equal((await snapshot).columns, 40);
    await xtermIsDone();
  },
);

Deno.test(
  "Screen.snapshot() ends while output keeps coming faster than it can be drawn",
  async () => {
    await using screen = untilDone(new Screen(SIZE));
    screen.feed("\x1b[?1049h");
    let flooding = true;
    const flood = (async () => {
      while (flooding) {
        screen.feed("\x1b[2;1H\x1b[31mx\x1b[m".repeat(100_000));
        await new Promise((resolve) => setTimeout(resolve));
      }
    })();
    assert.equal((await screen.snapshot()).rows[1], "x");
    flooding = false;
    await flood;
  },
);

for (const leaves of [["\x1b[?1049l"], ["\x1b[?104", "9l"], ["\x1b", "[?1049l"]]) {
  const title = JSON.stringify(leaves);
  Deno.test(`Screen knows that a program which flooded it has left by ${title}`, async () => {
    await using screen = untilDone(new Screen(SIZE));
    screen.feed("before\r\n\x1b[?1049h");
    for (let index = 0; index < 20; index++) screen.feed("\x1b[1;1Hscreen".repeat(50_000));
    for (const piece of leaves) screen.feed(piece);
    for (let index = 0; index < 6; index++) screen.feed("x\r\n".repeat(300_000));
    screen.feed("after");
    const { rows, alternateScreen } = await screen.snapshot();
    assert.deepEqual(rows, ["x", "x", "x", "x", "after"]);
    assert.ok(!alternateScreen);
  });
}

Deno.test("Screen.snapshot() is not held up by functions that repeat without end", async () => {
  const finals = [..."@ILMPSTZbABCDX", " @", " A", "'}", "'~"];
  const text = finals.map((final) => `x\x1b[2147483647${final}`).join("").repeat(200);
  await using screen = untilDone(
    new Screen({ columns: 200, rows: 50, onReply: () => {} }),
  );
  screen.feed(text);
  screen.feed("\x1b[H\x1b[2J\x1b[5bstill here");
  const begun = performance.now();
  const { rows } = await screen.snapshot();
  assert.match(rows[0]!, /still here$/);
  assert.ok(performance.now() - begun < 2_000);
});
