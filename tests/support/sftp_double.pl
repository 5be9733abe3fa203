# An sftp-server(8) with one fault. Its arguments: the fault, the type of the request that it
# befalls (draft-ietf-secsh-filexfer-02 §3), and a status code.
use strict;
use warnings;
use IPC::Open2;

my ($fault, $type, $status) = @ARGV;
my ($program) = grep { -x } map { "$_/sftp-server" }
  qw(/usr/lib/openssh /usr/libexec/openssh /usr/libexec /usr/lib/ssh);
my $server = open2(my $output, my $input, $program);
binmode $_ for *STDIN, *STDOUT, $output, $input;

sub bytes {
  my ($from, $length, $bytes) = (@_, "");
  while (length $bytes < $length) {
    sysread $from, $bytes, $length - length $bytes, length $bytes or exit;
  }
  return $bytes;
}

sub packet {
  my $length = bytes($_[0], 4);
  return $length . bytes($_[0], unpack "N", $length);
}

sub send_all {
  my ($to, $bytes) = @_;
  while (length $bytes) { substr $bytes, 0, syswrite($to, $bytes) // exit, "" }
}

my $reader = fork;
unless ($reader) { send_all(*STDOUT, packet($output)) while 1 }
while (1) {
  my $request = packet(*STDIN);
  my ($is, $id) = unpack "x4 C N", $request;
  if ($is != $type) { send_all($input, $request); next }
  if ($fault eq "end") { kill "KILL", $server, $reader; exit }
  my $answer = "";
  $answer = pack "C N N N/a* N/a*", 101, $id, $status, "refused", "" if $fault eq "status";
  $answer = pack "C N N", 105, $id, 0 if $fault eq "attributes";
  $answer = pack "C N N N/a* N/a*", 101, $id + 77, 0, "", "" if $fault eq "number";
  send_all(*STDOUT, pack "N/a*", $answer) if $answer ne "";
}
