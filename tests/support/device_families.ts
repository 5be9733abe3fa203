import type { DoubleAnswer, DoubleFamily, DoublePager, DoubleState } from "./device_double.ts";

/** The secret that doubles with a privileged mode want. */
export const ENABLE_SECRET = "s3cret-enable";

const back = (count: number): string => "\b".repeat(count);
const spaces = (count: number): string => " ".repeat(count);

/** `\r\n --More-- ` is wiped by ten backspaces, ten spaces, ten backspaces. */
const IOS_PAGER: DoublePager = {
  text: " --More-- ",
  wipe: back(10) + spaces(10) + back(10),
  quitKey: "q",
};

const EXIT: DoubleAnswer = { match: /^(?:exit|quit|logout)$/, end: "close" };
const SILENT: DoubleAnswer = { match: /^ping forever$/, end: "silent" };

function iosPrompt({ host, level, mode }: DoubleState): { line: string; header: string } {
  const shown = level === "config" ? host.slice(0, 20) : host;
  const end = level === "exec" ? ">" : level === "privileged" ? "#" : `(${mode || "config"})#`;
  return { line: shown + end, header: "" };
}

const IOS_MODES: readonly DoubleAnswer[] = [
  {
    match: /^conf(?:igure)? t(?:erminal)?$/,
    body: () => "Enter configuration commands, one per line.  End with CNTL/Z.",
    become: () => ({ level: "config", mode: "config" }),
  },
  { match: /^interface \S+$/, become: () => ({ level: "config", mode: "config-if" }) },
  { match: /^router bgp \d+$/, become: () => ({ level: "config", mode: "config-router" }) },
  { match: /^hostname (\S+)$/, become: ([, host]) => ({ host: host! }) },
  { match: /^(?:description|network|neighbor) /, become: () => ({}) },
  { match: /^end$/, become: () => ({ level: "privileged", mode: "" }) },
  { match: /^disable$/, become: () => ({ level: "exec", mode: "" }) },
];

/** The doubles become these answers in configuration mode, where `exit` leads one level up. */
const IOS_LEAVE: readonly DoubleAnswer[] = [
  {
    match: /^reload$/,
    ask: {
      text: "Proceed with reload? [confirm]",
      then: (key) => key === "" ? "close" : "done",
    },
  },
  {
    match: /^copy running-config startup-config$/,
    ask: { text: "Destination filename [startup-config]? ", then: () => "done" },
  },
  SILENT,
  EXIT,
];

const iosUnknown = (line: string): string =>
  `${spaces(line.length)}^\n% Invalid input detected at '^' marker.\n`;

const ENABLE: DoubleAnswer = {
  match: /^enable$/,
  secret: { text: "Password: ", value: ENABLE_SECRET, failed: "% Bad secrets\n".trim() },
};

/** Cisco IOS. */
export const IOS: DoubleFamily = {
  id: "ios",
  ident: "Cisco-1.25",
  newline: "\r\n",
  greeting: "\r\nUnauthorized access prohibited # see policy > 4.2\r\n\r\n",
  prompt: iosPrompt,
  firstLevel: "exec",
  pager: IOS_PAGER,
  pagingOff: /^terminal length 0$/,
  answers: [
    {
      match: /^show version$/,
      body: () => "Cisco IOS Software, C2960 Software, Version 15.0(2)SE",
    },
    { match: /^terminal width 511$/, become: () => ({}) },
    ENABLE,
    ...IOS_MODES,
    ...IOS_LEAVE,
  ],
  unknown: iosUnknown,
  echo: "plain",
  help: "at-once",
};

/** Cisco NX-OS: `\r\r\n`, and keys typed early are echoed before the prompt is back. */
export const NXOS: DoubleFamily = {
  ...IOS,
  id: "nxos",
  ident: "OpenSSH_6.2 FIPS",
  newline: "\r\r\n",
  greeting:
    "Cisco Nexus Operating System (NX-OS) Software\r\r\nTAC support: http://www.cisco.com/tac\r\r\n",
  firstLevel: "privileged",
  pager: { text: "--More--", wipe: "\r        \r", quitKey: "q" },
  answers: [
    { match: /^show version$/, body: () => "Cisco Nexus Operating System (NX-OS) Software" },
    ...IOS.answers.slice(1),
  ],
  unknown: () => "      ^\n% Invalid command at '^' marker.",
  typeAhead: "echoed",
  earlyPrompt: "drawn",
};

/** Cisco IOS-XR: the location stands before the host, and `end` asks. */
export const IOSXR: DoubleFamily = {
  ...IOS,
  id: "iosxr",
  ident: "Cisco-2.0",
  greeting: "\r\n\r\n",
  prompt: (state) => {
    const { line } = iosPrompt({ ...state, host: `RP/0/RP0/CPU0:${state.host}` });
    return { line: state.level === "config" ? line : `RP/0/RP0/CPU0:${state.host}#`, header: "" };
  },
  firstLevel: "privileged",
  answers: [
    {
      match: /^show version$/,
      body: () => "Thu Mar  7 10:11:12.345 UTC\nCisco IOS XR Software, Version 7.3.2",
    },
    {
      match: /^end$/,
      ask: {
        text: "Uncommitted changes found, commit them before exiting(yes/no/cancel)? [cancel]:",
        then: () => "done",
      },
      become: () => ({ level: "privileged", mode: "" }),
    },
    ...IOS.answers.slice(1),
  ],
};

/** Arista EOS: less-like pager, chatty set-up. */
export const EOS: DoubleFamily = {
  ...IOS,
  id: "eos",
  ident: "OpenSSH_8.7",
  greeting: "Last login: Thu Mar  7 10:11:12 2024 from 10.0.0.9\r\n",
  pager: { text: "--More--", wipe: "\r\x1b[K", quitKey: "q" },
  pagingOff: /^never$/,
  answers: [
    {
      match: /^show version$/,
      body: () => "Arista vEOS-lab\nHardware version:\nSoftware: 4.28.1F",
    },
    { match: /^terminal length 0$/, body: () => "Pagination disabled." },
    ...IOS.answers.slice(1),
  ],
  typeAhead: "echoed",
};

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

/** HP ProCurve: addresses the cursor for every key, asks for a key before the first prompt. */
export const PROCURVE: DoubleFamily = {
  ...IOS,
  id: "procurve",
  ident: "Mocana SSH 6.3",
  enterEcho: "\x1b[24;0H\x1bE\x1b[24;1H",
  greeting: "\x1b[2J\x1b[?7l\x1b[1;24r\x1b[?6l\x1b[1;1H\r\nHP J9019B ProCurve Switch 2510B-24\r\n" +
    "Software revision Q.11.57\r\n\r\n",
  doorstep: { text: "Press any key to continue", keys: [" ", "\r"] },
  prompt: (state) => {
    const { line } = iosPrompt(state);
    return {
      line,
      header: "\x1b[1;24r\x1b[24;1H\x1b[24;1H\x1b[2K\x1b[24;1H\x1b[?25h\x1b[24;1H",
    };
  },
  pager: {
    text: "-- MORE --, next page: Space, next line: Enter, quit: Control-C",
    wipe: `\r${spaces(63)}\r`,
    quitKey: "\x03",
  },
  pagingOff: /^no page$/,
  answers: [
    {
      match: /^show version$/,
      body: () => "Image stamp:    /sw/code/build/harp(bh2)\nBoot Image: Primary",
    },
    {
      match: /^enable$/,
      ask: { text: "Username: ", then: () => "done" },
    },
    ...IOS_MODES,
    {
      match: /^boot$/,
      ask: {
        text: "Device will be rebooted, do you want to continue [y/n]? ",
        then: (key) => key === "y" ? "close" : "done",
      },
    },
    SILENT,
    EXIT,
  ],
  unknown: (line) => `Invalid input: ${line}`,
  echo: "addressed",
};

/** All doubles. */
export const DOUBLE_FAMILIES: readonly DoubleFamily[] = [
  IOS,
  NXOS,
  IOSXR,
  EOS,
  JUNOS,
  ROUTEROS,
  VRP,
  PROCURVE,
];
