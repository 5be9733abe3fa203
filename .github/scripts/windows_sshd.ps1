# Sets up sshd on a throwaway Windows machine, on the loopback, with a key of its own, as windows-host.
# $env:DEFAULT_SHELL: the DefaultShell; empty: cmd, as installed.
$ErrorActionPreference = 'Stop'
if (-not (Get-Service sshd -ErrorAction SilentlyContinue)) {
  Add-WindowsCapability -Online -Name OpenSSH.Server~~~~0.0.1.0 | Out-Null
}
# The first start writes the host keys and sshd_config.
Start-Service sshd
Stop-Service sshd
$directory = Join-Path $env:ProgramData ssh
$config = Join-Path $directory sshd_config
$lines = @('ListenAddress 127.0.0.1', 'PasswordAuthentication no') + (Get-Content $config)
Set-Content -Path $config -Value $lines -Encoding ascii
if ($env:DEFAULT_SHELL) {
  $shell = (Get-Command $env:DEFAULT_SHELL).Source
  New-Item -Path HKLM:\SOFTWARE\OpenSSH -Force | Out-Null
  New-ItemProperty -Path HKLM:\SOFTWARE\OpenSSH -Name DefaultShell -Value $shell -Force | Out-Null
}
$own = Join-Path $HOME .ssh
New-Item -ItemType Directory -Path $own -Force | Out-Null
$key = Join-Path $own windows_host
# 5.1 would drop an empty argument.
cmd /c "ssh-keygen -q -t ed25519 -N """" -f ""$key"""
$public = Get-Content "$key.pub"
# sshd reads this file for members of Administrators, and only where nobody else can write it.
$allowed = Join-Path $directory administrators_authorized_keys
Set-Content -Path $allowed -Value $public -Encoding ascii
icacls $allowed /inheritance:r /grant '*S-1-5-32-544:F' /grant '*S-1-5-18:F' | Out-Null
$hostKey = (Get-Content (Join-Path $directory ssh_host_ed25519_key.pub)) -split ' '
$known = Join-Path $own windows_host_known
Set-Content -Path $known -Value "127.0.0.1 $($hostKey[0]) $($hostKey[1])" -Encoding ascii
Add-Content -Path (Join-Path $own config) -Encoding ascii -Value @"
Host windows-host
  HostName 127.0.0.1
  User $env:USERNAME
  IdentityFile "$key"
  UserKnownHostsFile "$known"
"@
Start-Service sshd
ssh -o BatchMode=yes windows-host exit
if ($LASTEXITCODE -ne 0) { throw "ssh windows-host ended with status $LASTEXITCODE" }
