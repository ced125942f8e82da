# The data volume: attached by its id, told by its marker, never formatted when anything is on it.
# shellcheck shell=sh disable=SC2034,SC2154 # host.sh has the rest

label=holdfast

# attach_volume: waits until the volume is this machine's. A host that is being replaced may hold it for
# minutes. Sets device.
attach_volume() {
  id=$(field volumeId)
  device=/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol${id#vol-}
  left=$((${HOLDFAST_ATTACH_SEC:-1500} / (pause > 0 ? pause : 1)))
  asked=''
  until [ -b "$device" ]; do
    seen=$(aws ec2 describe-volumes --volume-ids "$id" --output text \
      --query 'Volumes[0].[State,Attachments[0].InstanceId]') || seen='unknown'
    if [ "$seen" != "$asked" ]; then
      say "waiting for $id: $seen"
      asked=$seen
    fi
    case $seen in
      available*)
        aws ec2 attach-volume --volume-id "$id" --instance-id "$(instance)" --device /dev/sdf >/dev/null ||
          asked=''
        ;;
    esac
    [ "$left" -gt 0 ] || fail HOST-VOLUME "$id has not come: $seen"
    left=$((left - 1))
    sleep "$pause"
  done
  # The link's own target: what mounts and sizes are told by.
  device=$(readlink -f "$device")
}

# look_at_device: sets found to blank, to broken-off, to ours, or to what is there instead. Nothing is blank that
# libblkid knows a name for: a file system, a partition table, a part of a RAID, an encrypted volume.
look_at_device() {
  # To blkid a device that cannot be read is one with nothing on it.
  dd if="$device" of=/dev/null bs=1M count=1 2>/dev/null || fail HOST-IO "$device cannot be read"
  status=0
  found=$(blkid --probe --output export "$device") || status=$?
  if [ "$status" -eq 2 ] && [ -z "$found" ]; then
    found=blank
  elif [ "$status" -eq 0 ] && echo "$found" | grep -qx "LABEL=$label" && echo "$found" | grep -qx TYPE=xfs; then
    case $(in_progress) in
      00) found=ours ;;
      01) found=broken-off ;;
      *) fail HOST-IO "the superblock of $device cannot be read" ;;
    esac
  else
    found="$(echo "$found" | tr '\n' ' ')(blkid ended with $status)"
  fi
}

# in_progress: sb_inprogress of the superblock, in hex: mkfs.xfs sets it first and clears it last, so nobody has
# ever mounted what has it. See the Linux kernel's fs/xfs/libxfs/xfs_format.h, struct xfs_dsb.
in_progress() {
  dd if="$device" bs=1 skip=126 count=1 2>/dev/null | od -A n -t x1 | tr -d ' \n'
}

# make_file_system: only ever called for a volume that nobody has written to, or whose making was broken off.
make_file_system() {
  say "makes a file system on $device"
  command -v mkfs.xfs >/dev/null || dnf install -y -q xfsprogs
  force=''
  [ "$found" = blank ] || force=-f
  # shellcheck disable=SC2086 # a word or none
  mkfs.xfs -q $force -L "$label" "$device"
}

mount_volume() {
  mountpoint -q "$volume" || mount -t xfs -o noatime,nodev,nosuid,noexec "$device" "$volume"
}

# is_empty_volume: whether it was formatted, and nothing more: a first boot that was broken off.
is_empty_volume() {
  [ -z "$(find "$volume" -mindepth 1 -maxdepth 1 ! -name marker.json.new | head -n 1)" ]
}

# write_marker TEXT: whose volume it is, durably.
write_marker() {
  printf '%s\n' "$1" >"$marker.new"
  sync "$marker.new"
  mv "$marker.new" "$marker"
  sync "$volume"
}

# grow_file_system: does nothing when the volume is no larger than it was.
grow_file_system() {
  grown=$(xfs_growfs -d "$volume" 2>&1) || say "the file system could not be grown: $grown"
}
