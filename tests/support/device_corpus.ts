import { Random } from "./random.ts";

type Generator = (random: Random) => string;

const NAMES = ["core-sw1", "edge-r1", "R9", "lab", "a.b.example", "MikroTik", "H3C", "fw-1"];
const ENDS = ["#", ">", "$", ":", "%", "]", " #", " >", "> ", "$ ", "# ", "?", "..."];

/** Outputs of network devices: dumps, tables, banners, and lines that end like prompts. */
export const DEVICE_CORPUS: readonly string[] = makeCorpus();

/** Each kind in sixteen variants, from one seed. */
function makeCorpus(): string[] {
  const kinds: readonly Generator[] = [
    iosConfig,
    junosConfig,
    vrpConfig,
    routerosExport,
    interfaceTable,
    routeTable,
    loggingBuffer,
    bannerArt,
    promptLikeLines,
    questionLikeLines,
    pagerLikeLines,
    blankRows,
    longLines,
    certificate,
    oneLine,
    unicodeRows,
  ];
  return kinds.flatMap((kind, index) =>
    Array.from({ length: 16 }, (_, variant) => kind(new Random(index * 1000 + variant)))
  );
}

function rows(count: number, row: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => row(index)).join("\n");
}

function iosConfig(random: Random): string {
  return rows(8 + random.below(20), (index) =>
    random.pick([
      "!",
      `interface GigabitEthernet0/${index}`,
      ` description uplink to ${random.pick(NAMES)}${random.pick(ENDS)}`,
      ` ip address 10.${index}.0.1 255.255.255.0`,
      "banner motd ^C",
      `hostname ${random.pick(NAMES)}`,
      `alias exec ${random.pick(NAMES)}# show clock`,
      "enable secret 5 $1$abcd$ABCDEFGHIJKLMNOPQRSTU.",
      " switchport mode trunk  ",
      "end",
    ]));
}

function junosConfig(random: Random): string {
  return rows(8 + random.below(20), (index) =>
    random.pick([
      "system {",
      `    host-name ${random.pick(NAMES)};`,
      "## Last commit: 2024-03-07 10:11:12 UTC by admin",
      `    message "Welcome ${random.pick(ENDS)}";`,
      `        address 192.0.2.${index}/24;`,
      "}",
      "[edit interfaces]",
      "  ge-0/0/0 {",
      "{master:1}",
      "/* a comment > */",
    ]) + (index === 0 ? "" : random.pick(["", "", " "]))) + "\n}";
}

function vrpConfig(random: Random): string {
  return "[V200R003C00]\n" + rows(6 + random.below(16), (index) =>
    random.pick([
      "#",
      ` sysname ${random.pick(NAMES)}`,
      `interface GigabitEthernet0/0/${index}`,
      " undo portswitch",
      "[V800R012]",
      `<${random.pick(NAMES)}-old> was here`,
      "return",
    ]));
}

function routerosExport(random: Random): string {
  return rows(5 + random.below(16), (index) =>
    random.pick([
      "# mar/07/2024 10:11:12 by RouterOS 6.49.10",
      "/ip address",
      `add address=10.${index}.0.1/24 interface=ether${index} comment="x > y"`,
      `set name="${random.pick(NAMES)}"`,
      `[admin@${random.pick(NAMES)}-old] > print`,
      " 0   ;;; default #",
    ]));
}

function interfaceTable(random: Random): string {
  return "Port      Name               Status       Vlan       Duplex  Speed Type\n" +
    rows(
      4 + random.below(30),
      (index) =>
        `Gi0/${index}`.padEnd(10) + random.pick(NAMES).padEnd(19) +
        random.pick(["connected", "notconnect", "err-disabled"]).padEnd(13) +
        String(random.below(4095)).padEnd(11) + "a-full  a-1000 10/100/1000BaseTX" +
        " ".repeat(random.below(4)),
    );
}

function routeTable(random: Random): string {
  return "Codes: L - local, C - connected, S - static, * - candidate default\n\n" +
    rows(3 + random.below(30), (index) =>
      random.pick(["C    ", "S*   ", "B>   ", "O IA "]) +
      `10.${index}.${random.below(255)}.0/24 [${random.below(200)}/0] via 192.0.2.1` +
      random.pick(["", ", 00:01:02", " >", " #"]));
}

function loggingBuffer(random: Random): string {
  return rows(3 + random.below(20), (index) =>
    random.pick([
      `*Mar  1 00:0${
        index % 10
      }:02.123: %LINK-3-UPDOWN: Interface Gi0/${index}, changed state to up`,
      `Mar  7 10:11:12 UTC: %SYS-5-CONFIG_I: Configured from console by admin on vty0`,
      `2024 Mar  7 10:11:12 sw1 %ETHPORT-5-IF_UP: Interface Ethernet1/${index} is up`,
      "Log Buffer (8192 bytes):",
    ]));
}

function bannerArt(random: Random): string {
  return rows(5 + random.below(8), () =>
    random.pick([
      "********************************************",
      "*   Helios data centre  ># ios   junos     *",
      "#############################################",
      "$$$$$ authorised use only $$$$$",
      "    /\\_/\\   >",
      ">>> Linux is not spoken here <<<",
    ]));
}

function promptLikeLines(random: Random): string {
  return rows(6 + random.below(14), () => {
    const name = random.pick(NAMES.filter((x) => x !== "edge-r1"));
    const stem = random.pick([name, `(${name})`, `${name}(config)`, `user@${name}:~`, `<${name}`]);
    return stem + random.pick(ENDS);
  });
}

function questionLikeLines(random: Random): string {
  return rows(4 + random.below(12), () =>
    random.pick([
      "Password:",
      "Username: ",
      "Proceed with reload? [confirm]",
      "Are you sure? (y/n)",
      "Destination filename [startup-config]?",
      "Press any key to continue",
      "Overwrite? [yes/no]: ",
      "Error: none",
    ]));
}

function pagerLikeLines(random: Random): string {
  return rows(4 + random.below(12), (index) =>
    random.pick([
      `the word --More-- at ${index}`,
      "--More-- is printed between pages",
      " --More--x",
      "---- More ---- or less",
      "(END) of part",
      ": a colon",
      "~ a tilde",
    ]));
}

function blankRows(random: Random): string {
  return rows(
    4 + random.below(14),
    (index) => random.pick(["", " ", "   ", `row ${index}`, `  row ${index}  `]),
  ) + "\nlast";
}

function longLines(random: Random): string {
  return rows(
    2 + random.below(4),
    (index) =>
      `${index} ` + random.pick(["abc# ", "0123456789", "x> "]).repeat(20 + random.below(200)),
  );
}

function certificate(random: Random): string {
  return "crypto pki certificate chain TP-self-signed\n" +
    rows(
      5 + random.below(10),
      () =>
        "  " +
        Array.from({ length: 8 }, () =>
          random.below(0xffffffff).toString(16).toUpperCase().padStart(8, "0")).join(" "),
    ) +
    "\n  \tquit";
}

function oneLine(random: Random): string {
  return random.pick(NAMES) + random.pick(["-x", " is up"]) + random.pick(ENDS);
}

function unicodeRows(random: Random): string {
  return rows(
    3 + random.below(8),
    () =>
      random.pick([
        "größe → 5 µs",
        "接口 GigabitEthernet0/0/1 已启用",
        "emoji 🚀 #",
        "Ελλάς >",
        "naïve $",
      ]),
  );
}
