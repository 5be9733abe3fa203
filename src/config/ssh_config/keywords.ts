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
  /** Whether the setting has an effect here. */
  readonly honoured: boolean;
  /** What to do instead, where its absence may be felt. */
  readonly remedy?: string;
}

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

const honoured: Readonly<Record<string, Syntax>> = {
  addressfamily: choice(["inet", "inet6", "any"]),
  batchmode: flag,
  bindaddress: string,
  canonicaldomains: { kind: "domains" },
  canonicalizefallbacklocal: flag,
  canonicalizehostname: { kind: "choice", words: { ...trueOrFalse, always: "always" } },
  canonicalizemaxdots: integer,
  canonicalizepermittedcnames: { kind: "cnames" },
  certificatefile: path,
  checkhostip: flag,
  ciphers: { kind: "algorithms", family: "cipher" },
  compression: choice(["yes", "no"]),
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
  remotecommand: command,
  requesttty: { kind: "choice", words: { ...trueOrFalse, force: "force", auto: "auto" } },
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

const passedOver: Readonly<Record<string, Syntax>> = {
  addkeystoagent: anything,
  bindinterface: string,
  casignaturealgorithms: keys,
  channeltimeout: anything,
  clearallforwardings: flag,
  controlmaster: {
    kind: "choice",
    words: { ...trueOrFalse, auto: "auto", ask: "ask", autoask: "autoask" },
  },
  controlpath: string,
  controlpersist: string,
  dynamicforward: anything,
  enableescapecommandline: flag,
  enablesshkeysign: flag,
  escapechar: string,
  exitonforwardfailure: flag,
  fingerprinthash: string,
  forkafterauthentication: flag,
  forwardagent: string,
  forwardx11: flag,
  forwardx11timeout: time,
  forwardx11trusted: flag,
  gatewayports: flag,
  gssapiauthentication: flag,
  gssapiclientidentity: string,
  gssapidelegatecredentials: flag,
  gssapikexalgorithms: anything,
  gssapikeyexchange: flag,
  gssapirenewalforcesrekey: flag,
  gssapiserveridentity: string,
  gssapitrustdns: flag,
  hashknownhosts: flag,
  hostbasedacceptedalgorithms: keys,
  hostbasedauthentication: flag,
  ipqos: anything,
  kbdinteractivedevices: string,
  knownhostscommand: command,
  localcommand: command,
  localforward: anything,
  loglevel: choice(
    ["quiet", "fatal", "error", "info", "verbose", "debug", "debug1", "debug2", "debug3"],
  ),
  logverbose: anything,
  nohostauthenticationforlocalhost: flag,
  obscurekeystroketiming: anything,
  permitlocalcommand: flag,
  permitremoteopen: anything,
  pkcs11provider: string,
  proxyusefdpass: flag,
  rekeylimit: anything,
  remoteforward: anything,
  requiredrsasize: integer,
  securitykeyprovider: string,
  sessiontype: choice(["none", "subsystem", "default"]),
  stdinnull: flag,
  streamlocalbindmask: string,
  streamlocalbindunlink: flag,
  syslogfacility: string,
  tunnel: choice(["ethernet", "point-to-point", "true", "yes", "false", "no"]),
  tunneldevice: string,
  updatehostkeys: { kind: "choice", words: { ...trueOrFalse, ask: "ask" } },
  verifyhostkeydns: { kind: "choice", words: { ...trueOrFalse, ask: "ask" } },
  versionaddendum: anything,
  visualhostkey: flag,
  warnweakcrypto: anything,
  xauthlocation: string,
};

const remedies: Readonly<Record<string, string>> = {
  bindinterface: "set BindAddress",
  forwardagent: "put the key on the host, or go through it with ProxyJump",
  knownhostscommand: "put the keys into a known_hosts file",
  pkcs11provider: "load the key into an agent",
  verifyhostkeydns: "put the keys into a known_hosts file",
};

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

/** Directives that ssh knows and that have no effect here, in lower case and in order. */
export const unhonouredDirectives: readonly string[] = Object.keys(passedOver);

/** Directives that have an effect here beside Host, Match and Include, in lower case. */
export const honouredDirectives: readonly string[] = Object.keys(honoured);

function choice(words: readonly string[]): Syntax {
  return { kind: "choice", words: Object.fromEntries(words.map((word) => [word, word])) };
}

/** Looks a keyword up, in any case and under older names; undefined where ssh has none such. */
export function lookUpKeyword(word: string): Keyword | undefined {
  const typed = lowerCase(word);
  const name = Object.hasOwn(aliases, typed) ? aliases[typed] as string : typed;
  if (Object.hasOwn(honoured, name)) {
    return { name, syntax: honoured[name] as Syntax, honoured: true };
  }
  if (Object.hasOwn(passedOver, name)) {
    const remedy = remedies[name];
    return {
      name,
      syntax: passedOver[name] as Syntax,
      honoured: false,
      ...(remedy === undefined ? {} : { remedy }),
    };
  }
  return obsolete.includes(name) ? { name, syntax: anything, honoured: false } : undefined;
}
