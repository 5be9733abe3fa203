import type { Random } from "../support/random.ts";

const values: Readonly<Record<string, readonly string[]>> = {
  AddressFamily: ["any", "inet", "inet6", "INET", "ipv4"],
  BatchMode: ["yes", "no"],
  BindAddress: ["127.0.0.1", '"::1"', ""],
  CanonicalDomains: ["none", "example.com Example.ORG.", "-bad", "none example.com"],
  CanonicalizeFallbackLocal: ["yes", "no"],
  CanonicalizeMaxDots: ["0", "1", "2", "-1"],
  // Others would make ssh ask the name server.
  CanonicalizePermittedCNAMEs: ["none", "nonsense"],
  CertificateFile: ["~/.ssh/id-cert.pub", '"/tmp/a b"', "none", "%d/x"],
  CheckHostIP: ["yes", "no", "maybe"],
  Ciphers: ["aes128-ctr", "+aes128-cbc", "-aes*", "^aes256-ctr,3des-cbc", "rot13", "aes128-ctr,"],
  Compression: ["yes", "no", "true"],
  ConnectTimeout: ["5", "1m", "1h30m", "none", "x", "99999999999"],
  ConnectionAttempts: ["1", "3", "0", "three"],
  ControlMaster: ["auto", "no", "ask"],
  ControlPath: ["~/.ssh/%C", "none"],
  DynamicForward: ["1080"],
  ForwardAgent: ["yes", "no"],
  GlobalKnownHostsFile: ["none", "/etc/a /etc/b", "~/known", "none x"],
  HashKnownHosts: ["yes"],
  HostKeyAlgorithms: [
    "ssh-ed25519",
    "+ssh-rsa",
    "-ecdsa*",
    "^rsa-sha2-512",
    "ecdsa-*",
    "nope",
    "rsa",
  ],
  HostKeyAlias: ["Alias", "%h"],
  HostName: ["%h.example.com", "10.1", "Real.Example", "::1", "%%h", "%p", "0x7f.1", "1.2.3.4.5"],
  IdentitiesOnly: ["yes", "no", "true", "on"],
  IdentityAgent: ["none", "SSH_AUTH_SOCK", "$SOCK", "~/agent", "/run/%u/${SOCK}", "$bad-name"],
  IdentityFile: [
    "~/.ssh/id_%h",
    '"~/my key"',
    "none",
    "/keys/%r@%n",
    "~/.ssh/id_rsa",
    "a b",
    "${SOCK}",
  ],
  IgnoreUnknown: ["Use*", "Foo,Bar", "*"],
  KbdInteractiveAuthentication: ["yes", "no"],
  KexAlgorithms: ["curve25519-sha256", "-ecdh*,diffie*", "+diffie-hellman-group1-sha1", "^x"],
  LocalForward: ["8080 localhost:80"],
  LogLevel: ["DEBUG", "QUIET"],
  MACs: ["hmac-sha2-256", "-umac*", "+hmac-md5", "^hmac-sha1-96", "hmac"],
  NumberOfPasswordPrompts: ["1", "7"],
  PasswordAuthentication: ["yes", "no"],
  Port: ["22", "2222", "0", "65536", "+80", "ssh", "0x16"],
  PreferredAuthentications: ["publickey", "password,publickey", "gssapi-with-mic"],
  ProxyCommand: ["none", "ssh -W %h:%p bastion", "nc %h %p # no comment", "= nc"],
  ProxyJump: [
    "none",
    "bastion",
    "a@b:2200,ssh://c@d:22",
    "[::1]:22",
    "10.0.0.1",
    "bad:port:0",
    "u@",
    "j # x",
  ],
  PubkeyAcceptedAlgorithms: ["ssh-ed25519", "+ssh-rsa", "*", "-*", "!x", "ssh-*,rsa-*"],
  PubkeyAuthentication: ["yes", "no", "unbound", "host-bound"],
  RemoteCommand: ["none", "uptime -p", 'echo "%r" # %n', "%z"],
  RequestTTY: ["yes", "no", "force", "auto"],
  SendEnv: ["LANG LC_*", "FOO", "-LC_*", "A=B"],
  ServerAliveCountMax: ["0", "5"],
  ServerAliveInterval: ["15", "1m", "0", "none"],
  SetEnv: ["A=1", 'B="two words" C=3', "A=1 A=2", "nothing"],
  StrictHostKeyChecking: ["yes", "no", "ask", "accept-new", "off", "never"],
  TCPKeepAlive: ["yes", "no"],
  User: ["deploy", '"two words"', "o'neil", '"open', '\\"x', "a#b"],
  UserKnownHostsFile: ["none", "~/kh_%h /etc/kh", "%d/${SOCK}", "%Z", "/a/%k/%n/%C/%L/%i"],
  UseFooChain: ["yes"],
  FooBar: ["1"],
  KeepAlive: ["no"],
  PubkeyAcceptedKeyTypes: ["ssh-rsa"],
  ChallengeResponseAuthentication: ["no"],
  ProtocolKeepAlives: ["30"],
  Protocol: ["2"],
};

// Cases in which most lines are rejected would compare little.
const faulty =
  /^$|^(ipv4|-bad|none example.com|-1|nonsense|maybe|rot13|aes128-ctr,|x|99999999999)$|^(0|three|none x|nope|%p|1.2.3.4.5|on|\$bad-name|a b|\^x|hmac|65536|0x16|bad:port:0|u@|!x)$|^(%z|A=B|nothing|never|"open|%Z)$/;

const hosts = [
  "web",
  "web*",
  "*",
  "web1 db",
  "!web *",
  "*.example.com",
  "we?",
  "db",
  "WEB",
  "10.*",
  "a !b",
];
const matches = [
  "all",
  "host web",
  "host web*,!web1",
  "originalhost web",
  "user deploy",
  "user root,deploy",
  "localuser *",
  "!user root",
  "final",
  "canonical",
  "final host *.example.com",
  "host *.example.com user *",
  "user root all",
  "all host x",
  "nonsense x",
  "host",
  "exec false",
  "!all",
  'host "web"',
  "host=web",
  "!final",
  "host web # comment",
];
const faultyMatch = /^(all host x|nonsense x|host)$/;

/** Options of {@link generateConfig}. */
export interface GenerateOptions {
  /** Whether lines may stand in it that ssh rejects. */
  readonly faults: "none" | "some";
}

/** A configuration of up to 24 lines, most of them good. */
export function generateConfig(random: Random, options: GenerateOptions): string {
  const lines = Array.from({ length: 1 + random.below(24) }, () => generateLine(random, options));
  return lines.join("\n") + (random.onceIn(4) ? "" : "\n");
}

function generateLine(random: Random, options: GenerateOptions): string {
  if (random.onceIn(6)) return `${random.pick(["Host", "host", "HOST="])} ${random.pick(hosts)}`;
  if (random.onceIn(9)) return `Match ${random.pick(goodOr(matches, faultyMatch, options))}`;
  if (random.onceIn(20)) return random.pick(["", "# a comment", "   ", "\t# indented"]);
  const keyword = random.pick(Object.keys(values));
  if (options.faults === "none" && (keyword === "UseFooChain" || keyword === "FooBar")) return "";
  const value = random.pick(goodOr(values[keyword] as readonly string[], faulty, options));
  const separator = random.pick([" ", " ", " ", " ", "=", " = ", "\t", "  "]);
  const indent = random.pick(["", "  ", "\t", "    "]);
  const cased = random.pick([keyword, keyword, keyword.toLowerCase(), keyword.toUpperCase()]);
  const tail = random.pick(["", "", "", "", "", " ", "\r", " # note"]);
  return `${indent}${cased}${separator}${value}${tail}`;
}

function goodOr(
  items: readonly string[],
  bad: RegExp,
  options: GenerateOptions,
): readonly string[] {
  const good = items.filter((item) => !bad.test(item));
  return options.faults === "none" && good.length > 0 ? good : items;
}
