/** Whether a server's identification is that of the sshd that comes with Windows. */
export function isWindowsServer(ident: string): boolean {
  return /^SSH-[\d.]+-OpenSSH_for_Windows/.test(ident);
}
