import { Buffer } from "node:buffer";
import type { AuthContext, KeyboardAuthContext } from "ssh2";
import { type Hostility, message, numberOf, type Victim } from "./hostile_server.ts";

/** One way to attack the program that connects, and how the attack ends. */
export interface Attack {
  readonly name: string;
  readonly hostility: Hostility;
  /** What reaches the host: a command, or the reading of a file. */
  readonly call: "execute_command" | "read_file";
  /** What the caller is told. */
  readonly said: RegExp;
}

const IGNORE = message(2, "x".repeat(16));
const DEBUG = message(4, 0, "x", "");
const GLOBAL_REQUEST = message(80, "keepalive@openssh.com", 1);
const MESSAGES = /sent more than 200 messages a second that carry no data/;

/** The first answer to a login is this; the client asks for "none" first. */
function atLogin(attack: (victim: Victim) => void): Hostility {
  return { onLogin: (_request, victim) => attack(victim) };
}

function endlessly(payload: Uint8Array): (victim: Victim) => void {
  return (victim) => victim.flood(() => victim.send(payload));
}

const isPartial = true;
const METHODS: AuthContext["method"][] = ["keyboard-interactive", "publickey", "password"];

function partly(request: AuthContext): void {
  if (request.method === "keyboard-interactive") {
    return (request as KeyboardAuthContext).prompt([], () => request.reject(METHODS, isPartial));
  }
  request.reject(METHODS, isPartial);
}

function askOn(request: AuthContext): void {
  if (request.method !== "keyboard-interactive") return request.reject(["keyboard-interactive"]);
  const ask = (): void => (request as KeyboardAuthContext).prompt([], ask);
  ask();
}

const logins: readonly Attack[] = ([
  ["SSH_MSG_IGNORE without end", atLogin(endlessly(IGNORE)), MESSAGES],
  ["SSH_MSG_DEBUG without end", atLogin(endlessly(DEBUG)), MESSAGES],
  ["global requests without end", atLogin(endlessly(GLOBAL_REQUEST)), MESSAGES],
  [
    "banners without end",
    atLogin(endlessly(message(53, "b".repeat(4_000), ""))),
    /banner without end|messages a second/,
  ],
  ["partial success without end", { onLogin: partly }, /partial success|on and on/],
  ["questions without end", { onLogin: askOn }, /asks on and on/],
  [
    "one byte of the identification at a time",
    { onSocket: (socket) => drip(socket, "SSH-2.0-OpenSSH_9.2p1") },
    /sent no SSH identification within 10 s/,
  ],
  [
    "a packet of 4 GiB",
    {
      onSocket: (socket) =>
        void socket.write(
          Buffer.concat([Buffer.from("SSH-2.0-OpenSSH_9.2p1\r\n"), Buffer.alloc(64, 0xff)]),
        ),
    },
    /Bad packet length|key exchange/,
  ],
] as readonly (readonly [string, Hostility, RegExp])[]).map(([name, hostility, said]) => ({
  name: `at login: ${name}`,
  hostility,
  call: "execute_command",
  said,
} as Attack));

const floods: readonly (readonly [string, (victim: Victim, channel: number) => Uint8Array])[] = [
  ["global requests", () => GLOBAL_REQUEST],
  ["channel requests", (_, channel) => message(98, { uint32: channel }, "break", 1)],
  ["SSH_MSG_IGNORE", () => IGNORE],
  ["SSH_MSG_DEBUG", () => DEBUG],
  ["unknown messages", () => message(192)],
  [
    "openings of channels",
    () => message(90, "x11", { uint32: 9 }, { uint32: 9 }, { uint32: 9 }, "a", { uint32: 1 }),
  ],
  ["window adjusts", (_, channel) => message(93, { uint32: channel }, { uint32: 0 })],
  ["data for no channel", () => message(94, { uint32: 4711 }, "x")],
  ["empty data", (_, channel) => message(94, { uint32: channel }, "")],
  ["answers to nothing", () => message(82)],
  ["channel numbers that are none", () => message(99, { uint32: 0xffff_fff0 })],
];

const later: readonly Attack[] = floods.map(([name, payload]) => ({
  name: `in a shell: ${name} without end`,
  call: "execute_command",
  said: MESSAGES,
  hostility: {
    onShell: (channel, victim) => {
      const one = payload(victim, numberOf(channel));
      victim.flood(() => victim.send(one));
    },
  },
}));

const data: readonly Attack[] = [{
  name: "in a shell: data beyond the window",
  call: "execute_command",
  said: /sent data beyond the window/,
  hostility: {
    onShell: (channel, victim) => {
      const one = message(94, { uint32: numberOf(channel) }, "x".repeat(32_000));
      victim.flood(() => victim.send(one));
    },
  },
}, {
  name: "each command prints without end",
  call: "execute_command",
  said: /printed more than \d+ [KM]iB for one request/,
  hostility: {
    onExec: (_command, channel, victim) => {
      const write = (): void => {
        while (!victim.socket.destroyed && channel.write("1 0 sshd\n".repeat(3_000)));
        if (!victim.socket.destroyed) channel.once("drain", write);
      };
      write();
    },
  },
}, {
  name: "in a shell: keys exchanged without end",
  call: "execute_command",
  said: /exchanged keys more than 100 times in a row/,
  hostility: {
    onShell: (_channel, victim) => {
      const again = (): void => {
        if (victim.socket.destroyed) return;
        (victim.client as unknown as { rekey(done: () => void): void }).rekey(again);
      };
      again();
    },
  },
}];

/** Sends what is left of the version line a byte a tenth of a second. */
function drip(socket: import("node:net").Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => {
    if (socket.destroyed || at >= text.length) return clearInterval(timer);
    socket.write(text[at++]!);
  }, 600);
  socket.on("close", () => clearInterval(timer));
}

/** SSH_FXP_VERSION, then what `answer` makes of each request. */
function sftp(answer: (requestId: number) => Uint8Array | undefined): Hostility {
  return {
    onSftp: (channel) => {
      let started = false;
      channel.on("data", (chunk: Buffer) => {
        if (!started) channel.write(framed(message(2, { uint32: 3 })));
        else {
          const reply = answer(chunk.readUInt32BE(5));
          if (reply !== undefined) channel.write(reply);
        }
        started = true;
      });
    },
  };
}

function framed(payload: Uint8Array): Uint8Array {
  return message(payload);
}

const files: readonly Attack[] = [
  [
    "sftp: replies with wrong ids",
    sftp((id) => framed(message(101, { uint32: id + 77 }))),
    /^The SFTP channel was closed, .* an answer with number \d+, which no request has/,
  ],
  [
    "sftp: a packet of 4 GiB",
    sftp(() => Buffer.alloc(64, 0xff)),
    /^The SFTP channel was closed, .* a packet of 4294967295 bytes/,
  ],
  [
    "sftp: a packet that never ends",
    sftp(() => Buffer.from([0, 0, 1, 0, 101])),
    /^The SFTP channel was closed: the server completed no answer for 20 s/,
  ],
].map(([name, hostility, said]) => ({ name, hostility, call: "read_file", said } as Attack));

/** Those at login first. */
export const ATTACKS: readonly Attack[] = [...logins, ...later, ...data];

/** Of a server whose sftp subsystem lies. */
export const SFTP_ATTACKS: readonly Attack[] = files;
