/** A configuration written by hand, and how ssh is asked with it. */
export interface WrittenCase {
  readonly config: string;
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
  readonly files?: Readonly<Record<string, string>>;
}

/** Cases that ask for the host "web". */
export function web(...configs: readonly string[]): readonly WrittenCase[] {
  return configs.map((config) => ({ config, host: "web" }));
}
