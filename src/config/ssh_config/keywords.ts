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
  | { readonly kind: "ipqos" }
  | { readonly kind: "rekey" }
  /** The listening address and, but for `dynamic`, where it leads. */
  | { readonly kind: "forward"; readonly target: "needed" | "optional" | "none" }
  /** Not looked into. */
  | { readonly kind: "anything" };

/** One keyword of ssh_config(5). */
export interface Keyword {
  /** In lower case, without the aliases of older releases. */
  readonly name: string;
  readonly syntax: Syntax;
  readonly effect: Effect;
}

/** The effect of a setting here. */
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

const YES_OR_NO = { true: "yes", false: "no", yes: "yes", no: "no" };
const TRUE_OR_FALSE = { true: "true", false: "false", yes: "true", no: "false" };
const FLAG: Syntax = { kind: "choice", words: YES_OR_NO };
const STRING: Syntax = { kind: "string" };
const INTEGER: Syntax = { kind: "integer" };
const TIME: Syntax = { kind: "time" };
const WORDS: Syntax = { kind: "words" };
const COMMAND: Syntax = { kind: "command" };
const PATH: Syntax = { kind: "path" };
const ANYTHING: Syntax = { kind: "anything" };
const KEYS: Syntax = { kind: "algorithms", family: "key" };

const WORKING: Readonly<Record<string, Syntax>> = {
  addressfamily: choice(["inet", "inet6", "any"]),
  batchmode: FLAG,
  bindaddress: STRING,
  canonicaldomains: { kind: "domains" },
  canonicalizefallbacklocal: FLAG,
  canonicalizehostname: { kind: "choice", words: { ...TRUE_OR_FALSE, always: "always" } },
  canonicalizemaxdots: INTEGER,
  canonicalizepermittedcnames: { kind: "cnames" },
  casignaturealgorithms: { kind: "algorithms", family: "signature" },
  certificatefile: PATH,
  checkhostip: FLAG,
  ciphers: { kind: "algorithms", family: "cipher" },
  connectionattempts: INTEGER,
  connecttimeout: TIME,
  globalknownhostsfile: WORDS,
  hostkeyalgorithms: KEYS,
  hostkeyalias: STRING,
  hostname: STRING,
  identitiesonly: FLAG,
  identityagent: { kind: "agent" },
  identityfile: PATH,
  ignoreunknown: STRING,
  kbdinteractiveauthentication: FLAG,
  kexalgorithms: { kind: "algorithms", family: "kex" },
  macs: { kind: "algorithms", family: "mac" },
  numberofpasswordprompts: INTEGER,
  passwordauthentication: FLAG,
  port: { kind: "port" },
  preferredauthentications: STRING,
  proxycommand: COMMAND,
  proxyjump: { kind: "proxy-jump" },
  pubkeyacceptedalgorithms: KEYS,
  pubkeyauthentication: {
    kind: "choice",
    words: { ...TRUE_OR_FALSE, unbound: "unbound", "host-bound": "host-bound" },
  },
  refuseconnection: STRING,
  requiredrsasize: INTEGER,
  revokedhostkeys: STRING,
  sendenv: { kind: "send-env" },
  serveralivecountmax: INTEGER,
  serveraliveinterval: TIME,
  setenv: { kind: "set-env" },
  stricthostkeychecking: {
    kind: "choice",
    words: { ...TRUE_OR_FALSE, ask: "ask", off: "false", "accept-new": "accept-new" },
  },
  tag: STRING,
  tcpkeepalive: FLAG,
  user: STRING,
  userknownhostsfile: WORDS,
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

/** Keywords of the builds of Apple, Red Hat, FreeBSD and of HPN-SSH, which others reject. */
const OTHER_BUILDS = "applemultipath askpassgui fipsmode hpnbuffersize hpndisabled " +
  "keychainintegration noneenabled noneswitch tcprcvbuf tcprcvbufpoll";

/** Keywords without an effect here, each with the reason or with the words that report it. */
const WITHOUT_EFFECT: Readonly<Record<string, readonly [Syntax, Effect]>> = {
  ...Object.fromEntries(
    OTHER_BUILDS.split(" ").map((
      name,
    ) => [name, [ANYTHING, noted("only other builds of ssh know it")] as const]),
  ),
  addkeystoagent: [ANYTHING, unneeded("a decrypted key is kept in memory instead")],
  bindinterface: [STRING, noted("set BindAddress instead")],
  channeltimeout: [ANYTHING, noted("idle sessions stay open until close_session")],
  clearallforwardings: [FLAG, unneeded(NO_FORWARDING)],
  compression: [choice(["yes", "no"]), noted("data are not compressed")],
  controlmaster: [
    { kind: "choice", words: { ...TRUE_OR_FALSE, auto: "auto", ask: "ask", autoask: "autoask" } },
    unneeded(NO_MASTER),
  ],
  controlpath: [STRING, unneeded(NO_MASTER)],
  controlpersist: [STRING, unneeded(NO_MASTER)],
  dynamicforward: [{ kind: "forward", target: "none" }, noted(NO_FORWARDING)],
  enableescapecommandline: [FLAG, unneeded(NO_ESCAPES)],
  enablesshkeysign: [FLAG, unneeded(NO_HOST_BASED)],
  escapechar: [STRING, unneeded(NO_ESCAPES)],
  exitonforwardfailure: [FLAG, unneeded(NO_FORWARDING)],
  fingerprinthash: [STRING, noted("fingerprints are shown as SHA-256", ["sha256"])],
  forkafterauthentication: [FLAG, unneeded("the program is no terminal's foreground job")],
  forwardagent: [STRING, noted("put the key on the host, or go through it with ProxyJump")],
  forwardx11: [FLAG, noted(NO_FORWARDING)],
  forwardx11timeout: [TIME, unneeded(NO_FORWARDING)],
  forwardx11trusted: [FLAG, unneeded(NO_FORWARDING)],
  usekeychain: [ANYTHING, noted("load the key into an agent, or pass its passphrase as password")],
  gatewayports: [FLAG, unneeded(NO_FORWARDING)],
  gssapiauthentication: [FLAG, unavailable("login", "use a key or a password")],
  gssapiclientidentity: [STRING, unneeded(NO_GSSAPI)],
  gssapidelegatecredentials: [FLAG, unneeded(NO_GSSAPI)],
  gssapikexalgorithms: [ANYTHING, unneeded(NO_GSSAPI)],
  gssapikeyexchange: [FLAG, unavailable("host-key", "add the host's key to a known_hosts file")],
  gssapirenewalforcesrekey: [FLAG, unneeded(NO_GSSAPI)],
  gssapiserveridentity: [STRING, unneeded(NO_GSSAPI)],
  gssapitrustdns: [FLAG, unneeded(NO_GSSAPI)],
  hashknownhosts: [FLAG, unneeded(NO_KNOWN_HOSTS_WRITTEN)],
  hostbasedacceptedalgorithms: [KEYS, unneeded(NO_HOST_BASED)],
  hostbasedauthentication: [FLAG, unavailable("login", "use a key or a password")],
  ipqos: [{ kind: "ipqos" }, unneeded("packets have the class that the system gives them")],
  kbdinteractivedevices: [STRING, noted("the server chooses the way of asking")],
  knownhostscommand: [
    COMMAND,
    unavailable(
      "host-key",
      "add the keys that it prints to a known_hosts file, those that it revokes too",
    ),
  ],
  localcommand: [COMMAND, unneeded("PermitLocalCommand says that it is not run")],
  localforward: [{ kind: "forward", target: "needed" }, noted(NO_FORWARDING)],
  loglevel: [
    choice(["quiet", "fatal", "error", "info", "verbose", "debug", "debug1", "debug2", "debug3"]),
    unneeded(OWN_LOG),
  ],
  logverbose: [ANYTHING, unneeded(OWN_LOG)],
  nohostauthenticationforlocalhost: [
    FLAG,
    unavailable("host-key", "the keys of loopback addresses are checked as all others"),
  ],
  obscurekeystroketiming: [ANYTHING, noted("the times of what is typed are not hidden")],
  permitlocalcommand: [FLAG, noted(NO_LOCAL_PROGRAM)],
  permitremoteopen: [ANYTHING, unneeded(NO_FORWARDING)],
  pkcs11provider: [STRING, unavailable("login", "load its keys into an agent (ssh-add -s)")],
  proxyusefdpass: [FLAG, unneeded("ProxyCommand is followed without running it")],
  rekeylimit: [
    { kind: "rekey" },
    noted("keys are exchanged anew when the server asks", ["default"]),
  ],
  remotecommand: [COMMAND, noted("a session is the account's login shell")],
  remoteforward: [{ kind: "forward", target: "optional" }, noted(NO_FORWARDING)],
  requesttty: [
    { kind: "choice", words: { ...TRUE_OR_FALSE, force: "force", auto: "auto" } },
    noted("a session always has a terminal", ["true", "force", "auto"]),
  ],
  securitykeyprovider: [
    STRING,
    unavailable("login", "load the security key into an agent", ["internal"]),
  ],
  sessiontype: [
    choice(["none", "subsystem", "default"]),
    noted("a session is the account's login shell", ["default"]),
  ],
  stdinnull: [FLAG, unneeded("standard input of a session is what send_input types")],
  streamlocalbindmask: [STRING, unneeded(NO_FORWARDING)],
  streamlocalbindunlink: [FLAG, unneeded(NO_FORWARDING)],
  syslogfacility: [STRING, unneeded(OWN_LOG)],
  tunnel: [
    choice(["ethernet", "point-to-point", "true", "yes", "false", "no"]),
    noted("networks are not tunnelled"),
  ],
  tunneldevice: [STRING, unneeded("Tunnel says that networks are not tunnelled")],
  updatehostkeys: [
    { kind: "choice", words: { ...TRUE_OR_FALSE, ask: "ask" } },
    unneeded(NO_KNOWN_HOSTS_WRITTEN),
  ],
  verifyhostkeydns: [
    { kind: "choice", words: { ...TRUE_OR_FALSE, ask: "ask" } },
    unavailable("host-key", "add the host's key to a known_hosts file"),
  ],
  versionaddendum: [ANYTHING, unneeded("it only changes the name shown to the server")],
  visualhostkey: [FLAG, unneeded("keys are shown by their fingerprints")],
  warnweakcrypto: [ANYTHING, unneeded("weak algorithms are offered only where they are named")],
  xauthlocation: [STRING, unneeded(NO_FORWARDING)],
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
const OBSOLETE = [
  ..."afstokenpassing cipher compressionlevel disablemtaes fallback fallbackport".split(" "),
  ..."fallbacktorsh globalknownhostsfile2 kerberosauthentication kerberostgtpassing".split(" "),
  ..."protocol rhostsauthentication rhostsrsaauthentication rsaauthentication".split(" "),
  ..."useprivilegedport userknownhostsfile2 useroaming usersh".split(" "),
];

const ALIASES: Readonly<Record<string, string>> = {
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
  const known = found.get(typed) ?? find(typed);
  if (known !== undefined) found.set(typed, known);
  return known;
}

/** Only of keywords that there are. */
const found = new Map<string, Keyword>();

function find(typed: string): Keyword | undefined {
  const name = Object.hasOwn(ALIASES, typed) ? ALIASES[typed] as string : typed;
  if (Object.hasOwn(WORKING, name)) {
    return { name, syntax: WORKING[name] as Syntax, effect: { kind: "works" } };
  }
  if (Object.hasOwn(WITHOUT_EFFECT, name)) {
    const [syntax, effect] = WITHOUT_EFFECT[name] as readonly [Syntax, Effect];
    return { name, syntax, effect };
  }
  if (!OBSOLETE.includes(name)) return undefined;
  return { name, syntax: ANYTHING, effect: unneeded("ssh itself reads it and forgets it") };
}
