/** A proxy answered and did not open the connection. */
export class ProxyRefusal extends Error {
  /** The obstacle: the login, its rules, the target behind it, or that it is no proxy. */
  constructor(message: string, readonly about: "login" | "rules" | "target" | "protocol") {
    super(message);
  }
}
