import { UnsupportedError } from "../../errors.ts";
import { programName } from "./route.ts";

/** How a tool forwards a local port, by its name. */
const FORWARDING: Readonly<Record<string, string>> = {
  cloudflared: "cloudflared access tcp --hostname HOST --url 127.0.0.1:PORT",
  aws: "aws ssm start-session --target ID --document-name AWS-StartPortForwardingSession " +
    "--parameters portNumber=22,localPortNumber=PORT",
  "session-manager-plugin":
    "aws ssm start-session --target ID --document-name AWS-StartPortForwardingSession " +
    "--parameters portNumber=22,localPortNumber=PORT",
  gcloud: "gcloud compute start-iap-tunnel INSTANCE 22 --local-host-port=127.0.0.1:PORT",
  tsh: "tsh ssh -N -L PORT:127.0.0.1:22 HOST",
  coder: "coder port-forward WORKSPACE --tcp PORT:22",
  az: "az network bastion tunnel --resource-port 22 --port PORT",
  kubectl: "kubectl port-forward pod/NAME PORT:22",
  boundary: "boundary connect -target-id ID -listen-port PORT",
  fly: "fly proxy PORT:22",
  flyctl: "fly proxy PORT:22",
  gh: "gh codespace ports forward 22:PORT",
  tailscale: "tailscale serve, or a tailscaled whose network this machine is in",
  ssh: "ssh -N -L PORT:HOST:22 GATEWAY",
};

/** Why a ProxyCommand cannot be followed, and the way that works. */
export function refuseProgram(
  { words, why }: { readonly words: readonly string[]; readonly why?: string },
  { host, place }: { readonly host: string; readonly place: string },
): UnsupportedError {
  const name = programName(words[0] ?? "");
  const shown = /^[\w.+-]{1,40}$/.test(name) ? name : "a shell";
  const because = why === undefined ? "" : `: ${why}`;
  const command = Object.hasOwn(FORWARDING, name) ? ` (${FORWARDING[name]})` : "";
  return new UnsupportedError(
    `Cannot connect to "${host}": ProxyCommand (${place}) needs ${shown}, and the sandbox starts no ` +
      `program${because}`,
    `Let ${shown === "a shell" ? "a program" : shown} forward a local port${command}, and put ` +
      `"HostName 127.0.0.1", "Port PORT" and "HostKeyAlias ${host}" in place of the line; through ` +
      "an ssh server that forwards, ProxyJump does it without a program",
  );
}
