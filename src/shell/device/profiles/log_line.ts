import { LinePattern } from "./line_pattern.ts";

/** A log line that a device may print at any moment, even behind its prompt; of a row, the beginning counts. */
export const LOG_LINE = new LinePattern(
  [
    // *Mar  1 00:01:02.123 UTC: %SYS-5-CONFIG_I: …; 2024 Mar  1 10:00:00 sw1 %ETHPORT-5-IF_UP: …
    String
      .raw`(?:[*.]?(?:\d{4} )?\w{3} +\d{1,2} (?:\d{4} )?\d{1,2}:\d{2}:\d{2}\S*.{0,120}?)?%[A-Z][\w]*(?:-\w+)*-\d-\w+ ?:`,
    // RP/0/RP0/CPU0:Mar  1 10:00:00.123 : config[65]: %MGBL-CONFIG-6-DB_COMMIT : …
    String.raw`RP/\S+:\w{3} +\d{1,2} .{0,120}%[A-Z]`,
    // VRP and Comware: %Apr 26 12:00:00:000 2000 H SHELL/5/SHELL_LOGIN: …
    String
      .raw`[%#]?\w{3} +\d{1,2} +(?:\d{4} +)?\d{1,2}:\d{2}:\d{2}\S* .{0,120}(?:%%\d\d)?\w+/\d/\w+`,
    String.raw`Message from syslogd@`,
    // What debug prints: *Mar  1 00:01:02.123: ICMP: echo reply sent
    String
      .raw`[*.]?[A-Z][a-z]{2} +\d{1,2} (?:\d{4} )?\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?: [A-Z]{2,5})?: \S`,
    // 17-Jul-2017 10:00:00 %COPY-I-FILECPY: …; <189> Jan  1 00:00:12 sw1 …
    String.raw`\d{1,2}-\w{3}-\d{4} \d{2}:\d{2}:\d{2} ?:?%\w+-[A-Z]-\w+ ?:`,
    // IOS-XR without a mnemonic; syslogd's form; 1d02h: %LINK-3-UPDOWN: …
    String.raw`RP/\S+:\w{3} +\d{1,2} \d{2}:\d{2}:\d{2}\S* `,
    String.raw`[A-Z][a-z]{2} +\d{1,2} \d{2}:\d{2}:\d{2} \S{1,80} [\w.-]{1,40}(?:\[\d{1,10}\])?: \S`,
    String.raw`(?:\d{1,3}[wdhms]){2,4}: %`,
    // EXOS; ISO 8601 with a zone; AOS-S; TiMOS; wall(1)
    String.raw`\d{2}/\d{2}/\d{4} \d{2}:\d{2}:\d{2}(?:\.\d{1,6})? <\w+:`,
    String.raw`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2}) \S`,
    String.raw`[IWEMD] \d{2}/\d{2}/\d{2} \d{2}:\d{2}:\d{2} \d{5} \w+: `,
    String
      .raw`\d{1,9} \d{4}/\d{2}/\d{2} \d{2}:\d{2}:\d{2}\S* \w+ (?:MINOR|MAJOR|WARNING|CRITICAL|CLEARED|INDETERMINATE): `,
    String.raw`Broadcast message from \S`,
    String.raw`<\d{1,3}> ?\w{3} +\d{1,2} +(?:\d{4} +)?\d{1,2}:\d{2}:\d{2}`,
  ].map((form) => `^(?:${form})`).join("|"),
  "text",
);
