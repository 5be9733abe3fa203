/** The question before an unknown host is trusted (StrictHostKeyChecking=ask). */
export interface HostKeyQuestion {
  /** The alias to show. */
  readonly host: string;
  /** Such as "ssh-ed25519". */
  readonly type: string;
  /** "SHA256:…". */
  readonly fingerprint: string;
  /** The scope of the trust, as trustScope() of host_key_guard.ts has it; never shown. */
  readonly scope: string;
}

/** Resolves true for yes; must give up by itself when nobody answers. */
export type AskHostKey = (question: HostKeyQuestion) => Promise<boolean>;

/** Names one question: the key, and what it would be trusted for. */
export function hostKeyQuestionKey({ scope, type, fingerprint }: HostKeyQuestion): string {
  return JSON.stringify([scope, type, fingerprint]);
}
