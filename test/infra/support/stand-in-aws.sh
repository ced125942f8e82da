#!/bin/sh
# The AWS CLI as the bootloader needs it: notes each call, fails as often as it is told to, and then
# gives what lies in its folder.
echo "$AWS_DEFAULT_REGION $*" >>"$STAND_IN/calls"
case "$1 $2" in
  'ssm get-parameter')
    failures=$STAND_IN/parameter-failures
    value=$STAND_IN/parameter
    ;;
  's3 cp')
    failures=$STAND_IN/download-failures
    value=$STAND_IN/object
    ;;
  *) exit 252 ;;
esac
left=$(cat "$failures")
if [ "$left" -gt 0 ]; then
  echo $((left - 1)) >"$failures"
  exit 254
fi
if [ "$1" = ssm ]; then cat "$value"; else cp "$value" "$5"; fi
