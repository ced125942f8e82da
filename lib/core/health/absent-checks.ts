/** Rows of the catalogue that nothing is there for: declared, and no alarm waits for them. */
export const ABSENT_CHECKS: readonly { readonly id: string; readonly why: string }[] = [
  {
    id: 'A9',
    why: 'no drill restores a backup on a schedule yet: there is no age or outcome to look at',
  },
  { id: 'B8', why: 'a cluster has one server, and no standby that could be missing' },
  { id: 'B9', why: 'a cluster has one server, and no standby that could lag' },
];
