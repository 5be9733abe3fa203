import type { DoubleAnswer, DoubleFamily } from "./double_family.ts";

const spaces = (count: number): string => " ".repeat(count);

const EXIT: DoubleAnswer = { match: /^(?:exit|quit|logout)$/, end: "close" };
const SILENT: DoubleAnswer = { match: /^ping forever$/, end: "silent" };

/** Juniper Junos: a blank line, perhaps `{master:0}` and `[edit]` above the prompt. */
export const JUNOS: DoubleFamily = {
  id: "junos",
  ident: "OpenSSH_7.5",
  newline: "\r\n",
  greeting: "--- JUNOS 21.4R3.15 Kernel 64-bit  JNPR-12.1-20220918\r\n",
  prompt: ({ host, level, mode }) => ({
    line: `admin@${host}${level === "config" ? "#" : ">"} `,
    header: level === "config" ? `\n{master:0}[edit${mode}]\n` : "\n{master:0}\n",
  }),
  firstLevel: "exec",
  pager: { text: "---(more 34%)---", wipe: `\r${spaces(40)}\r`, quitKey: "q" },
  pagingOff: /^set cli screen-length 0$/,
  answers: [
    { match: /^show version$/, body: () => "Hostname: mx1\nModel: mx240\nJunos: 21.4R3.15" },
    { match: /^set cli screen-width 511$/, body: () => "Screen width set to 511" },
    { match: /^set cli complete-on-space off$/, body: () => "Disabling complete-on-space" },
    {
      match: /^configure$/,
      body: () => "Entering configuration mode",
      become: () => ({ level: "config", mode: "" }),
    },
    { match: /^edit (\S+)$/, become: ([, where]) => ({ mode: ` ${where}` }) },
    { match: /^set system host-name (\S+)$/, become: ([, host]) => ({ host: host! }) },
    { match: /^commit$/, body: () => "commit complete" },
    {
      match: /^exit configuration-mode$/,
      ask: {
        text: "The configuration has been changed but not committed\r\n" +
          "Exit with uncommitted changes? [yes,no] (yes) ",
        then: () => "done",
      },
      become: () => ({ level: "exec", mode: "" }),
    },
    SILENT,
    EXIT,
  ],
  unknown: (line) => `${spaces(line.length + 4)}^\nunknown command.`,
  echo: "plain",
  help: "at-once",
};

/** MikroTik RouterOS: probes the terminal, redraws the line at each key. */
export const ROUTEROS: DoubleFamily = {
  id: "routeros",
  ident: "ROSSSH",
  newline: "\r\n",
  greeting: "\r\n  MMM      MMM       KKK\r\n  MikroTik RouterOS 6.49.10 (c) 1999-2023\r\n\r\n",
  doorstep: {
    text: "Do you want to see the software license? [Y/n]: ",
    keys: ["n"],
  },
  query: {
    ask: "\x1bZ  \x1b[6n\x1b[9999;9999H\x1b[6n",
    // deno-lint-ignore no-control-regex
    answer: /\x1b\[\?1;2c\x1b\[\d+;\d+R\x1b\[511;511R/,
  },
  prompt: ({ host, mode }) => ({
    line: `[admin@${host}] ${mode}> `,
    header: "\x1b[9999B\r\r\r\r",
  }),
  firstLevel: "privileged",
  pager: { text: "-- [Q quit|D dump|down]", wipe: "\r\x1b[K", quitKey: "q" },
  pagingOff: /^never$/,
  answers: [
    { match: /^\/system resource print$/, body: () => "platform: MikroTik" },
    { match: /^\/ip address$/, become: () => ({ mode: "/ip address" }) },
    { match: /^\/$/, become: () => ({ mode: "" }) },
    { match: /^\/system identity set name=(\S+)$/, become: ([, host]) => ({ host: host! }) },
    {
      match: /^\/system reboot$/,
      ask: { text: "Reboot, yes? [y/N]: \r\n", then: (key) => key === "y" ? "close" : "done" },
    },
    SILENT,
    EXIT,
  ],
  unknown: (line) => `bad command name ${line.split(" ")[0]} (line 1 column 1)`,
  echo: "redraw",
  earlyPrompt: "drawn",
  help: "at-once",
};

/** Huawei VRP: `<H>` and `[H-view]`, a pager wiped by cursor motions. */
export const VRP: DoubleFamily = {
  id: "vrp",
  ident: "-",
  newline: "\r\n",
  greeting: "\r\nInfo: The max number of VTY users is 10, and the number\r\n" +
    "      of current VTY users on line is 1.\r\n" +
    "Warning: The initial password poses security risks.\r\n",
  doorstep: {
    text: "The password needs to be changed. Change now? [Y/N]: ",
    keys: ["n"],
  },
  prompt: ({ host, level, mode }) => ({
    line: level === "config" ? `[${host}${mode}]` : `<${host}>`,
    header: "",
  }),
  firstLevel: "exec",
  pager: { text: "  ---- More ----", wipe: `\x1b[42D${spaces(42)}\x1b[42D`, quitKey: "q" },
  pagingOff: /^screen-length 0 temporary$/,
  answers: [
    {
      match: /^display version$/,
      body: () => "Huawei Versatile Routing Platform Software\nVRP (R) V200R003C00",
    },
    {
      match: /^show version$/,
      body: () => "              ^\nError: Unrecognized command found at '^' position.",
    },
    {
      match: /^system-view$/,
      body: () => "Enter system view, return user view with Ctrl+Z.",
      become: () => ({ level: "config", mode: "" }),
    },
    { match: /^interface (\S+)$/, become: ([, view]) => ({ level: "config", mode: `-${view}` }) },
    { match: /^sysname (\S+)$/, become: ([, host]) => ({ host: host! }) },
    { match: /^return$/, become: () => ({ level: "exec", mode: "" }) },
    {
      match: /^save$/,
      ask: {
        text:
          "The current configuration will be written to the device.\r\nAre you sure to continue?[Y/N]",
        then: () => "done",
      },
    },
    SILENT,
    EXIT,
  ],
  unknown: (line) => `${spaces(line.length)}^\nError: Unrecognized command found at '^' position.`,
  echo: "plain",
  help: "at-once",
};
