/** The caller, by an identity provider's word; there is none on standard input and output. */
export interface Caller {
  /** The token's `sub` (RFC 7519 §4.1.2). */
  readonly sub: string;
  readonly groups: readonly string[];
  /** Other claims of the token, by name. */
  readonly claims: Readonly<Record<string, unknown>>;
}
