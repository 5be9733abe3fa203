import type { AlgorithmFamily } from "./algorithms.ts";
import { lowerCase } from "./pattern.ts";

/** How a directive's arguments read. */
export type Syntax =
  /** One word of a closed set in any case; the value is what `ssh -G` prints for it. */
  | { readonly kind: "choice"; readonly words: Readonly<Record<string, string>> }
  | { readonly kind: "string" }
  | { readonly kind: "integer" }
  | { readonly kind: "time" }
  | { readonly kind: "port" }
  /** Words, of which `none` stands alone; at most 32. */
  | { readonly kind: "words" }
  /** Whatever follows, unsplit. */
  | { readonly kind: "command" }
  /** One path that is added to those there are. */
  | { readonly kind: "path" }
  | { readonly kind: "algorithms"; readonly family: AlgorithmFamily }
  | { readonly kind: "agent" }
  | { readonly kind: "proxy-jump" }
  | { readonly kind: "domains" }
  | { readonly kind: "cnames" }
  | { readonly kind: "send-env" }
  | { readonly kind: "set-env" }
  /** Not looked into. */
  | { readonly kind: "anything" };

/** One keyword of ssh_config(5). */
export interface Keyword {
  /** In lower case, without the aliases of older releases. */
  readonly name: string;
  readonly syntax: Syntax;
  readonly effect: Effect;
}

/** What a setting does here. */
export type Effect =
  | { readonly kind: "works" }
  /** Nothing, and nobody can miss it; `reason` says why. */
  | { readonly kind: "unneeded"; readonly reason: string }
  /** Nothing, and somebody may miss it: `note` says so, unless the value is one of `quiet`. */
  | { readonly kind: "noted"; readonly note: string; readonly quiet: readonly string[] }
  /** ssh would check the host or log in with it: `note` belongs into the error when that fails. */
  | {
    readonly kind: "unavailable";
    readonly stage: "host-key" | "login";
    readonly note: string;
    readonly quiet: readonly string[];
  };

const yesOrNo = { true: "yes", false: "no", yes: "yes", no: "no" };
const trueOrFalse = { true: "true", false: "false", yes: "true", no: "false" };
const flag: Syntax = { kind: "choice", words: yesOrNo };
const string: Syntax = { kind: "string" };
const integer: Syntax = { kind: "integer" };
const time: Syntax = { kind: "time" };
const words: Syntax = { kind: "words" };
const command: Syntax = { kind: "command" };
const path: Syntax = { kind: "path" };
const anything: Syntax = { kind: "anything" };
const keys: Syntax = { kind: "algorithms", family: "key" };

const WORKING: Readonly<Record<string, Syntax>> = {
  addressfamily: choice(["inet", "inet6", "any"]),
  batchmode: flag,
  bindaddress: string,
  canonicaldomains: { kind: "domains" },
  canonicalizefallbacklocal: flag,
  canonicalizehostname: { kind: "choice", words: { ...trueOrFalse, always: "always" } },
  canonicalizemaxdots: integer,
  canonicalizepermittedcnames: { kind: "cnames" },
  casignaturealgorithms: { kind: "algorithms", family: "signature" },
  certificatefile: path,
  checkhostip: flag,
  ciphers: { kind: "algorithms", family: "cipher" },
  connectionattempts: integer,
  connecttimeout: time,
  globalknownhostsfile: words,
  hostkeyalgorithms: keys,
  hostkeyalias: string,
  hostname: string,
  identitiesonly: flag,
  identityagent: { kind: "agent" },
  identityfile: path,
  ignoreunknown: string,
  kbdinteractiveauthentication: flag,
  kexalgorithms: { kind: "algorithms", family: "kex" },
  macs: { kind: "algorithms", family: "mac" },
  numberofpasswordprompts: integer,
  passwordauthentication: flag,
  port: { kind: "port" },
  preferredauthentications: string,
  proxycommand: command,
  proxyjump: { kind: "proxy-jump" },
  pubkeyacceptedalgorithms: keys,
  pubkeyauthentication: {
    kind: "choice",
    words: { ...trueOrFalse, unbound: "unbound", "host-bound": "host-bound" },
  },
  refuseconnection: string,
  requiredrsasize: integer,
  revokedhostkeys: string,
  sendenv: { kind: "send-env" },
  serveralivecountmax: integer,
  serveraliveinterval: time,
  setenv: { kind: "set-env" },
  stricthostkeychecking: {
    kind: "choice",
    words: { ...trueOrFalse, ask: "ask", off: "false", "accept-new": "accept-new" },
  },
  tag: string,
  tcpkeepalive: flag,
  user: string,
  userknownhostsfile: words,
};

const NO_FORWARDING = "ports, sockets and X11 are not forwarded";
const NO_MASTER = "connections are kept and shared inside this program";
const NO_ESCAPES = "nobody types escape characters here";
const NO_KNOWN_HOSTS_WRITTEN = "no known_hosts file is written";
const NO_GSSAPI = "GSSAPI is not available, as GSSAPIAuthentication says when it is missed";
const NO_HOST_BASED = "host-based login is not available";
const NO_LOCAL_PROGRAM = "no program is started on this machine";
const OWN_LOG = "the log is set by MCP_SSH_LOG";
const OFF: readonly string[] = ["no", "none", "false"];

/** Keywords without an effect here, each with the reason or with the words that report it. */
const WITHOUT_EFFECT: Readonly<Record<string, readonly [Syntax, Effect]>> = {
  addkeystoagent: [anything, unneeded("a decrypted key is kept in memory instead")],
  bindinterface: [string, noted("set BindAddress instead")],
  channeltimeout: [anything, noted("idle sessions stay open until close_session")],
  clearallforwardings: [flag, unneeded(NO_FORWARDING)],
  compression: [choice(["yes", "no"]), noted("data are not compressed")],
  controlmaster: [
    { kind: "choice", words: { ...trueOrFalse, auto: "auto", ask: "ask", autoask: "autoask" } },
    unneeded(NO_MASTER),
  ],
  controlpath: [string, unneeded(NO_MASTER)],
  controlpersist: [string, unneeded(NO_MASTER)],
  dynamicforward: [anything, noted(NO_FORWARDING)],
  enableescapecommandline: [flag, unneeded(NO_ESCAPES)],
  enablesshkeysign: [flag, unneeded(NO_HOST_BASED)],
  escapechar: [string, unneeded(NO_ESCAPES)],
  exitonforwardfailure: [flag, unneeded(NO_FORWARDING)],
  fingerprinthash: [string, noted("fingerprints are shown as SHA-256", ["sha256"])],
  forkafterauthentication: [flag, unneeded("the program is no terminal's foreground job")],
  forwardagent: [string, noted("put the key on the host, or go through it with ProxyJump")],
  forwardx11: [flag, noted(NO_FORWARDING)],
  forwardx11timeout: [time, unneeded(NO_FORWARDING)],
  forwardx11trusted: [flag, unneeded(NO_FORWARDING)],
  gatewayports: [flag, unneeded(NO_FORWARDING)],
  gssapiauthentication: [flag, unavailable("login", "use a key or a password")],
  gssapiclientidentity: [string, unneeded(NO_GSSAPI)],
  gssapidelegatecredentials: [flag, unneeded(NO_GSSAPI)],
  gssapikexalgorithms: [anything, unneeded(NO_GSSAPI)],
  gssapikeyexchange: [flag, unavailable("host-key", "add the host's key to a known_hosts file")],
  gssapirenewalforcesrekey: [flag, unneeded(NO_GSSAPI)],
  gssapiserveridentity: [string, unneeded(NO_GSSAPI)],
  gssapitrustdns: [flag, unneeded(NO_GSSAPI)],
  hashknownhosts: [flag, unneeded(NO_KNOWN_HOSTS_WRITTEN)],
  hostbasedacceptedalgorithms: [keys, unneeded(NO_HOST_BASED)],
  hostbasedauthentication: [flag, unavailable("login", "use a key or a password")],
  ipqos: [anything, unneeded("packets have the class that the system gives them")],
  kbdinteractivedevices: [string, noted("the server chooses the way of asking")],
  knownhostscommand: [
    command,
    unavailable("host-key", "add the keys that it prints to a known_hosts file"),
  ],
  localcommand: [command, unneeded("PermitLocalCommand says that it is not run")],
  localforward: [anything, noted(NO_FORWARDING)],
  loglevel: [
    choice(["quiet", "fatal", "error", "info", "verbose", "debug", "debug1", "debug2", "debug3"]),
    unneeded(OWN_LOG),
  ],
  logverbose: [anything, unneeded(OWN_LOG)],
  nohostauthenticationforlocalhost: [
    flag,
    unavailable("host-key", "the keys of loopback addresses are checked as all others"),
  ],
  obscurekeystroketiming: [anything, noted("the times of what is typed are not hidden")],
  permitlocalcommand: [flag, noted(NO_LOCAL_PROGRAM)],
  permitremoteopen: [anything, unneeded(NO_FORWARDING)],
  pkcs11provider: [string, unavailable("login", "load its keys into an agent (ssh-add -s)")],
  proxyusefdpass: [flag, unneeded("ProxyCommand itself is refused")],
  rekeylimit: [anything, noted("keys are exchanged anew when the server asks", ["default"])],
  remotecommand: [command, noted("a session is the account's login shell")],
  remoteforward: [anything, noted(NO_FORWARDING)],
  requesttty: [
    { kind: "choice", words: { ...trueOrFalse, force: "force", auto: "auto" } },
    noted("a session always has a terminal", ["true", "force", "auto"]),
  ],
  securitykeyprovider: [
    string,
    unavailable("login", "load the security key into an agent", ["internal"]),
  ],
  sessiontype: [
    choice(["none", "subsystem", "default"]),
    noted("a session is the account's login shell", ["default"]),
  ],
  stdinnull: [flag, unneeded("standard input of a session is what send_input types")],
  streamlocalbindmask: [string, unneeded(NO_FORWARDING)],
  streamlocalbindunlink: [flag, unneeded(NO_FORWARDING)],
  syslogfacility: [string, unneeded(OWN_LOG)],
  tunnel: [
    choice(["ethernet", "point-to-point", "true", "yes", "false", "no"]),
    noted("networks are not tunnelled"),
  ],
  tunneldevice: [string, unneeded("Tunnel says that networks are not tunnelled")],
  updatehostkeys: [
    { kind: "choice", words: { ...trueOrFalse, ask: "ask" } },
    unneeded(NO_KNOWN_HOSTS_WRITTEN),
  ],
  verifyhostkeydns: [
    { kind: "choice", words: { ...trueOrFalse, ask: "ask" } },
    unavailable("host-key", "add the host's key to a known_hosts file"),
  ],
  versionaddendum: [anything, unneeded("it only changes the name shown to the server")],
  visualhostkey: [flag, unneeded("keys are shown by their fingerprints")],
  warnweakcrypto: [anything, unneeded("weak algorithms are offered only where they are named")],
  xauthlocation: [string, unneeded(NO_FORWARDING)],
};

/**
 * Keywords that say who is reached, how that is verified, or as whom: where it cannot be decided
 * whether a block of them applies, the host is refused.
 */
const DECISIVE: ReadonlySet<string> = new Set([
  ...["hostname", "user", "port", "tag", "addressfamily", "refuseconnection"],
  ...["proxyjump", "proxycommand", "bindaddress"],
  ...["canonicaldomains", "canonicalizefallbacklocal", "canonicalizehostname"],
  ...["canonicalizemaxdots", "canonicalizepermittedcnames"],
  ...["hostkeyalias", "stricthostkeychecking", "userknownhostsfile", "globalknownhostsfile"],
  ...["revokedhostkeys", "checkhostip", "hostkeyalgorithms", "casignaturealgorithms"],
  ...["requiredrsasize", "batchmode"],
  ...["identityfile", "certificatefile", "identitiesonly", "identityagent"],
]);

/** Whether a keyword says who is reached, how that is verified, or as whom. */
export function isDecisive(keyword: Keyword): boolean {
  return DECISIVE.has(keyword.name);
}

function unneeded(reason: string): Effect {
  return { kind: "unneeded", reason };
}

/** `quiet`: values that mean what is done here anyway. */
function noted(note: string, quiet: readonly string[] = OFF): Effect {
  return { kind: "noted", note, quiet };
}

function unavailable(
  stage: "host-key" | "login",
  note: string,
  quiet: readonly string[] = OFF,
): Effect {
  return { kind: "unavailable", stage, note, quiet };
}

// Words of older releases and of other builds, which ssh reads and forgets.
const obsolete = [
  "afstokenpassing",
  "cipher",
  "compressionlevel",
  "disablemtaes",
  "fallback",
  "fallbackport",
  "fallbacktorsh",
  "globalknownhostsfile2",
  "kerberosauthentication",
  "kerberostgtpassing",
  "protocol",
  "rhostsauthentication",
  "rhostsrsaauthentication",
  "rsaauthentication",
  "useprivilegedport",
  "userknownhostsfile2",
  "useroaming",
  "usersh",
];

const aliases: Readonly<Record<string, string>> = {
  challengeresponseauthentication: "kbdinteractiveauthentication",
  dsaauthentication: "pubkeyauthentication",
  hostbasedkeytypes: "hostbasedacceptedalgorithms",
  identityfile2: "identityfile",
  keepalive: "tcpkeepalive",
  protocolkeepalives: "serveraliveinterval",
  pubkeyacceptedkeytypes: "pubkeyacceptedalgorithms",
  setuptimeout: "serveraliveinterval",
  skeyauthentication: "kbdinteractiveauthentication",
  smartcarddevice: "pkcs11provider",
  tisauthentication: "kbdinteractiveauthentication",
};

/** Directives without an effect here, in lower case and in order. */
export const DIRECTIVES_WITHOUT_EFFECT: readonly string[] = Object.keys(WITHOUT_EFFECT);

/** Directives that have an effect here beside Host, Match and Include, in lower case. */
export const WORKING_DIRECTIVES: readonly string[] = Object.keys(WORKING);

function choice(words: readonly string[]): Syntax {
  return { kind: "choice", words: Object.fromEntries(words.map((word) => [word, word])) };
}

/** Looks a keyword up, in any case and under older names; undefined where ssh has none such. */
export function lookUpKeyword(word: string): Keyword | undefined {
  const typed = lowerCase(word);
  const name = Object.hasOwn(aliases, typed) ? aliases[typed] as string : typed;
  if (Object.hasOwn(WORKING, name)) {
    return { name, syntax: WORKING[name] as Syntax, effect: { kind: "works" } };
  }
  if (Object.hasOwn(WITHOUT_EFFECT, name)) {
    const [syntax, effect] = WITHOUT_EFFECT[name] as readonly [Syntax, Effect];
    return { name, syntax, effect };
  }
  if (!obsolete.includes(name)) return undefined;
  return { name, syntax: anything, effect: unneeded("ssh itself reads it and forgets it") };
}
