#!/bin/sh
# The AWS CLI as a host needs it: notes each call in the folder that it shares with the test, and does
# what the files there say.
cloud=/srv/cloud
echo "$*" >>"$cloud/calls"
[ ! -e "$cloud/aws-is-down" ] || exit 255
case "$1 $2" in
  'ssm get-parameter')
    case $4 in
      */host-bundle) cat "$cloud/host-bundle" ;;
      */host-config) cat "$cloud/host-config" ;;
      *) exit 254 ;;
    esac
    ;;
  's3 cp') cp "$cloud/bundle.tar" "$5" ;;
  'ec2 describe-volumes') cat "$cloud/volume-state" ;;
  'ec2 attach-volume')
    # A file: "<major> <minor>" of the device that the volume is.
    [ -e "$cloud/volume-device" ] || exit 254
    read -r major minor <"$cloud/volume-device"
    [ -e /dev/nvme1n1 ] || mknod -m 0600 /dev/nvme1n1 b "$major" "$minor"
    ln -sf ../../nvme1n1 "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol${4#vol-}"
    printf 'in-use\t%s\n' "$6" >"$cloud/volume-state"
    ;;
  'cloudformation signal-resource') ;;
  *) exit 252 ;;
esac
