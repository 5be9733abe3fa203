import type { DeviceProfile, EnableDialogue, Pager, PromptShape } from "./profile.ts";

/** Prompts of the IOS kind: `H>`, `H#`, `H(config-if)#`. */
export const IOS_PROMPTS: readonly PromptShape[] = [
  { level: "exec", match: /^(?<host>[^\s()<>#$%[\]{}]+)> ?$/ },
  { level: "privileged", match: /^(?<host>[^\s()<>#$%[\]{}]+)# ?$/ },
  { level: "privileged", match: /^(?<host>[^\s()<>#$%[\]{}]+)\((?<mode>maint-mode|admin)\)# ?$/ },
  { level: "config", match: /^(?<host>[^\s()<>#$%[\]{}]+)\((?<mode>[^()\s][^()]*)\)# ?$/ },
];

/** Error lines of the IOS kind. */
export const IOS_ERRORS: readonly RegExp[] = [
  /^% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized|Bad|Error|Cannot|Not )/i,
  /^Command authorization failed/,
  /^% ?(?:Authorization|Access) (?:failed|denied)/i,
];

/** Lines after which IOS and its kin read free text. */
const IOS_TEXT_INPUT: readonly RegExp[] = [
  /^Enter TEXT message\./,
  /^Enter the (?:base 64 encoded )?(?:CA )?certificate/,
];

/** The dialogue that leads to privileged mode, in the words of IOS and its kin. */
export const IOS_ENABLE: EnableDialogue = {
  send: "enable",
  password: /^(?:enable )?pass(?:word|code)(?: for \S+)?: ?$/i,
  username: /^(?:user ?name|login|user): ?$/i,
  noPassword: /^% ?(?:No (?:enable )?password (?:is )?set|Error in authentication: no)/i,
  refused:
    /^(?:% ?(?:Bad (?:secrets|passwords?|enable passwords?)|Access denied|Error in authentication|Authentication failed|Login invalid)|Access denied|Invalid password|Incorrect (?:login\/)?password|Permission denied|(?:Error: *)?(?:password|authentication) (?:is )?(?:incorrect|failed|error))/i,
};

/** `--More--` in its many forms; space and `q`. */
export const MORE: Pager = {
  match: /^\s{0,4}-{2,5} ?more ?-{2,5} ?(?:\(\d{1,3}%\))?\s{0,2}$/i,
  next: " ",
  quit: "q",
};

/** less(1) and its like at their last page. */
export const LESS_END: Pager = {
  match: /^(?:\(END\)|lines \d+-\d+(?:\/\d+)? \(END\))\s?$/,
  next: "q",
  quit: "q",
  filler: /^~$/,
};

/** less(1) in the middle. */
export const LESS: Pager = {
  match: /^(?::|lines \d+-\d+(?:\/\d+)?(?: \d+%)?|byte \d+(?:\/\d+)?(?: \d+%)?)\s?$/,
  next: " ",
  quit: "q",
};

/** The pagers of IOS and its kin. */
const IOS_PAGERS: readonly Pager[] = [
  MORE,
  { match: /^<-{2,4} ?More ?-{2,4}> ?$/, next: " ", quit: "q" },
];

/** The pagers of ProCurve and AOS-CX; "-- MORE --" alone is only their beginning. */
export const PROCURVE_PAGERS: readonly Pager[] = [
  { match: /^-- MORE --, next page: Space, .*quit: Control-C\s?$/, next: " ", quit: "\x03" },
  { match: /^-- MORE --, next page: Space, .*quit: q\s?$/, next: " ", quit: "q" },
];

/** Pagers that name their keys on the same line, in whatever words; Ctrl-C only where they say so. */
const WORDED_PAGERS: readonly Pager[] = [
  {
    match: /^[\s<([-]{0,6}more\s?[-:,([<>].{1,120}\bquit: ?(?:control-|ctrl[-+]|\^)c\b.{0,20}$/i,
    next: " ",
    quit: "\x03",
  },
  {
    match: /^[\s<([-]{0,6}more\s?[-:,([<>].{0,120}\b(?:space|q|quit|return|enter)\b.{0,60}$/i,
    next: " ",
    quit: "q",
  },
  { match: /^CTRL\+C\s+ESC\s+q\s+Quit\s+SPACE\s.{0,60}$/i, next: " ", quit: "q" },
  { match: /^-{3}\(less(?: \d{1,3}%)?\)-{3} ?$/i, next: " ", quit: "q" },
];

/** Pagers whose whole line is plain enough to be answered on any device. */
export const COMMON_PAGERS: readonly Pager[] = [
  ...IOS_PAGERS,
  LESS_END,
  { match: /^-{3}\(more(?: \d{1,3}%)?\)-{3} ?$/i, next: " ", quit: "q" },
  { match: /^-- ?\[Q quit\|.*\]\s?$/, next: " ", quit: "q" },
  ...PROCURVE_PAGERS,
  { match: /^--More-- or \(q\)uit\s?$/, next: " ", quit: "q" },
  { match: /^Press <SPACE> to continue or <Q> to quit: ?$/i, next: " ", quit: "q" },
  { match: /^-{2,4} ?More ?\(q=Quit.*\)\s?-{2,4}\s?$/i, next: " ", quit: "q" },
  { match: /^Press any key to continue \(Q to quit\) ?$/i, next: " ", quit: "q" },
  { match: /^Press Q to quit, Enter to print next line\b.*$/i, next: " ", quit: "q" },
  ...WORDED_PAGERS,
];

/** What a family has unless its row says otherwise. */
export const COMMON: Omit<DeviceProfile, "id" | "title" | "detect" | "prompts"> = {
  aliases: [],
  headers: [],
  login: [
    { match: /^Press any key to continue ?\.{0,3} ?$/i, send: " " },
    {
      match: /^Press (?:RETURN|ENTER|<Enter>|\[Enter\]) to (?:get started|continue)\b.{0,40}$/i,
      send: "\r",
    },
  ],
  setup: [],
  pagers: COMMON_PAGERS,
  confirms: [],
  errors: IOS_ERRORS,
  textInput: [],
  enter: "\r",
};

/** What the IOS kind has in common. */
export const IOS_LIKE: Omit<DeviceProfile, "id" | "title" | "detect"> = {
  ...COMMON,
  prompts: IOS_PROMPTS,
  setup: [
    { send: "terminal length 0", level: "exec" },
    { send: "terminal width 511", level: "exec" },
  ],
  enable: IOS_ENABLE,
  pagers: IOS_PAGERS,
  textInput: IOS_TEXT_INPUT,
  help: "at-once",
};

/** A log line that a device may print at any moment, even behind its prompt. */
export const LOG_LINE = new RegExp(
  [
    // *Mar  1 00:01:02.123 UTC: %SYS-5-CONFIG_I: …; 2024 Mar  1 10:00:00 sw1 %ETHPORT-5-IF_UP: …
    String
      .raw`(?:[*.]?(?:\d{4} )?\w{3} +\d{1,2} (?:\d{4} )?\d{1,2}:\d{2}:\d{2}\S*.{0,120}?)?%[A-Z][\w]*(?:-\w+)*-\d-\w+ ?:`,
    // RP/0/RP0/CPU0:Mar  1 10:00:00.123 : config[65]: %MGBL-CONFIG-6-DB_COMMIT : …
    String.raw`RP\/\S+:\w{3} +\d{1,2} .{0,120}%[A-Z]`,
    // VRP and Comware: %Apr 26 12:00:00:000 2000 H SHELL/5/SHELL_LOGIN: …
    String
      .raw`[%#]?\w{3} +\d{1,2} +(?:\d{4} +)?\d{1,2}:\d{2}:\d{2}\S* .{0,120}(?:%%\d\d)?\w+\/\d\/\w+`,
    String.raw`Message from syslogd@`,
    // What debug prints: *Mar  1 00:01:02.123: ICMP: echo reply sent
    String
      .raw`[*.]?[A-Z][a-z]{2} +\d{1,2} (?:\d{4} )?\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?: [A-Z]{2,5})?: \S`,
    // 17-Jul-2017 10:00:00 %COPY-I-FILECPY: …; <189> Jan  1 00:00:12 sw1 …
    String.raw`\d{1,2}-\w{3}-\d{4} \d{2}:\d{2}:\d{2} ?:?%\w+-[A-Z]-\w+ ?:`,
    String.raw`<\d{1,3}> ?\w{3} +\d{1,2} +(?:\d{4} +)?\d{1,2}:\d{2}:\d{2}`,
  ].map((form) => `^(?:${form})`).join("|"),
);
