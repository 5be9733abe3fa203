import type { SshError } from "../errors.ts";

/** A value that must not show, and what to show for it. */
export interface HiddenValue {
  /**
   * A `secret` is hidden wherever it stands, a `name` on the borders of words and in any case of
   * letters, a `short` secret as a whole word.
   */
  readonly kind: "name" | "secret" | "short";
  /** The text that must not show. */
  readonly value: string;
  /** The replacement: the alias for a name, "[redacted]" for a secret. */
  readonly shownAs: string;
}

/** One line of `ssh -G`: a keyword in its spelling and what follows it. */
export interface PrintedSetting {
  readonly keyword: string;
  readonly value: string;
  /** "file:line" of the setting, or in words where else it comes from. */
  readonly origin: string;
}

/** An address of TCP. */
export interface Endpoint {
  /** Name or address, without brackets. */
  readonly hostname: string;
  /** 1–65535. */
  readonly port: number;
}

/** A proxy that carries the TCP connection: SOCKS5 (RFC 1928), SOCKS4a, or CONNECT of HTTP. */
export interface Proxy extends Endpoint {
  readonly kind: "socks5" | "socks4" | "http";
  readonly username?: string | undefined;
  /** Never shown. */
  readonly password?: string | undefined;
  /** A file that holds `user:password`, read when connecting. */
  readonly loginFile?: string | undefined;
}

/** One hop of ProxyJump, resolved like any other host; its own `proxyJump` are the hops before it. */
export type JumpHost = ResolvedHost;

/**
 * A target by ssh_config(5), the call and the operator's overrides; readonly data.
 *
 * Paths are absolute with `~`, tokens and variables expanded. Lists stand in order of preference;
 * algorithm lists hold names of RFC 4250 and are undefined where OpenSSH's defaults apply.
 */
export interface ResolvedHost {
  /** The alias as typed; the name to show. */
  readonly host: string;
  /** The name or address by ssh_config, without brackets. */
  readonly hostname: string;
  /** 1–65535. */
  readonly port: number;
  readonly user: string;
  readonly addressFamily: "any" | "inet" | "inet6";
  readonly bindAddress?: string | undefined;
  /** 0 = the system's TCP timeout. */
  readonly connectTimeoutMs: number;
  readonly connectionAttempts: number;
  readonly tcpKeepAlive: boolean;
  /** 0 = no keepalive messages. */
  readonly serverAliveIntervalMs: number;
  readonly serverAliveCountMax: number;

  readonly hostKeyAlias?: string | undefined;
  readonly strictHostKeyChecking: "yes" | "no" | "accept-new" | "ask";
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  /** Keys that no host may show; one that cannot be read lets no host in. */
  readonly revokedHostKeysFile?: string | undefined;
  readonly checkHostIp: boolean;
  /** RequiredRSASize: RSA keys of hosts and users that are shorter do not count. */
  readonly requiredRsaBits: number;
  /** Signatures of authorities that count on host certificates (CASignatureAlgorithms). */
  readonly caSignatureAlgorithms: readonly string[];

  readonly hostKeyAlgorithms?: readonly string[] | undefined;
  readonly kexAlgorithms?: readonly string[] | undefined;
  readonly ciphers?: readonly string[] | undefined;
  readonly macs?: readonly string[] | undefined;
  readonly pubkeyAcceptedAlgorithms?: readonly string[] | undefined;

  /** "publickey", "password", "keyboard-interactive"; in order of trial. */
  readonly preferredAuthentications: readonly string[];
  readonly identitiesOnly: boolean;
  readonly identityFiles: readonly IdentityFile[];
  readonly certificateFiles: readonly string[];
  /** Path of the agent's socket; undefined where none is to be asked. */
  readonly identityAgent?: string | undefined;
  /** Whether a person may be asked for codes; not in BatchMode. */
  readonly asksPerson: boolean;

  /** Variables to send (RFC 4254 §6.4): SendEnv's matches and SetEnv. */
  readonly environment: Readonly<Record<string, string>>;

  /** Hops in order of travel; empty for a direct connection. */
  readonly proxyJump: readonly JumpHost[];
  /** Carries the connection where there are no hops. */
  readonly proxy?: Proxy | undefined;
  /** Where ProxyCommand leads in place of `hostname` and `port`, which name the host all the same. */
  readonly endpoint?: Endpoint | undefined;

  /** From the call or the operator; never shown. */
  readonly password?: string | undefined;
  readonly sudoPassword?: string | undefined;
  readonly enablePassword?: string | undefined;
  /** A device profile named outright. */
  readonly deviceType?: string | undefined;

  /** Values that came from OVRD_* and so must not show anywhere, longest first. */
  readonly hidden: readonly HiddenValue[];
  /** Settings without an effect here that somebody may miss; each names file and line. */
  readonly warnings: readonly string[];

  /** Settings that ssh would use to check the host or to log in, and that cannot be used here. */
  readonly unavailable: readonly UnavailableSetting[];

  /** To be thrown instead of connecting: the settings can be printed, not followed. */
  readonly refusal?: SshError | undefined;
  /** The settings in force as `ssh -G` prints them, in its order; may hold hidden values. */
  readonly settings: readonly PrintedSetting[];
}

/** A setting that cannot be used here, and that may be the reason for a failure. */
export interface UnavailableSetting {
  /** In lower case. */
  readonly keyword: string;
  /** The failure it may explain. */
  readonly stage: "host-key" | "login";
  /** Names file and line, and what to use instead; no full stop. */
  readonly text: string;
}

/** A private key to try. */
export interface IdentityFile {
  readonly path: string;
  /** Named by the user; a missing default file is silently passed over, a named one reported. */
  readonly named: boolean;
}
