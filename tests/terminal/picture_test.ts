import assert from "node:assert/strict";
import { Emulator } from "../../src/terminal/emulator.ts";
import { followState, picture, type PictureState } from "../../src/terminal/picture.ts";

const SIZE = { columns: 20, rows: 5 };

type Terminal = Awaited<ReturnType<Emulator["drawn"]>>;

interface Drawn {
  readonly picture: string;
  readonly cells: readonly string[];
  readonly cursor: readonly number[];
}

/** All that shows of a terminal after some output, and its picture. */
async function draw(output: string): Promise<Drawn> {
  let state: PictureState | undefined;
  using emulator = new Emulator("", {
    ...SIZE,
    title: "",
    onReply: undefined,
    onPrimaryReply: undefined,
    onOpened: (terminal) => state = followState(terminal),
  });
  emulator.write(output);
  const terminal = await emulator.drawn();
  return { picture: picture(terminal, state!), ...lookOf(terminal) };
}

function lookOf(terminal: Terminal): Pick<Drawn, "cells" | "cursor"> {
  const { active } = terminal.buffer;
  const cells = Array.from({ length: SIZE.rows * SIZE.columns }, (_, index) => {
    const line = active.getLine(active.baseY + Math.floor(index / SIZE.columns));
    const cell = line?.getCell(index % SIZE.columns);
    return [
      ...[cell?.getChars() || " ", cell?.getWidth(), cell?.getFgColor(), cell?.getFgColorMode()],
      ...[cell?.getBgColor(), cell?.getBgColorMode(), cell?.isBold(), cell?.isInverse()],
      ...[cell?.isUnderline(), cell?.isStrikethrough()],
    ].join();
  });
  return { cells, cursor: [active.cursorX, active.cursorY] };
}

const OUTPUTS: Readonly<Record<string, string>> = {
  nothing: "",
  "colours and attributes": "\x1b[1;31mred\x1b[0m \x1b[48;2;1;2;3;4mx\x1b[0;7;9m y \x1b[0m\r\nz",
  "wide and combined characters": "\u6f22\u5b57 e\u0301 \u{1f600}",
  "a cursor behind the last column": "x".repeat(20),
  "a full screen that scrolled": Array.from({ length: 12 }, (_, n) => `line ${n}`).join("\r\n"),
  "the alternate screen": "shell\r\n$ \x1b[?1049h\x1b[H\x1b[44mvim\x1b[K\x1b[3;4H",
  "margins and a hidden cursor": "a\r\nb\x1b[2;4r\x1b[?25l\x1b[4;1H",
  "modes": "\x1b[?1h\x1b=\x1b[?2004h\x1b[?1002h\x1b[?7lx",
};

Deno.test("picture() draws the same screen again, whatever is printed next", async () => {
  const next = "n\r\nm\r\nlonger\x1b[?1049l!";
  for (const [what, output] of Object.entries(OUTPUTS)) {
    const { picture: drawn } = await draw(output);
    const again = await draw(drawn);
    assert.equal(again.picture, drawn, what);
    const [one, two] = await Promise.all([draw(output + next), draw(drawn + next)]);
    assert.deepEqual(two.cells, one.cells, what);
    assert.deepEqual(two.cursor, one.cursor, what);
  }
});
