import type { DoubleAnswer, DoubleFamily, DoublePager, DoubleState } from "./double_family.ts";

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
  {
    match: /^banner motd \S$/,
    body: ([line]) => `Enter TEXT message.  End with the character '${line.at(-1)}'.`,
    reads: "text",
  },
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
