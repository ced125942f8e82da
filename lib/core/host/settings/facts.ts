/** What the formula of the settings is told about a host. */
export interface SettingsFacts {
  /** What the kernel says it has: `MemTotal`. */
  readonly memoryBytes: number;
  readonly cores: number;
  /** PostgreSQL's major version, 15 to 18. */
  readonly major: number;
  /** Size of the data volume, which holds the WAL too. */
  readonly volumeBytes: number;
  /** Whether clients share connections: then few of the server's do. */
  readonly pooled: boolean;
  /** Connections that somebody asks for; granted as far as the memory goes. @default - by cores */
  readonly maxConnections?: number | undefined;
}

/** One line of a postgresql.conf, and the reason for it. */
export interface PlannedSetting {
  /** As PostgreSQL itself shows it: in the largest unit that leaves no fraction. */
  readonly value: string;
  readonly why: string;
  /** `own` is Holdfast's alone; `given` came with the cluster's settings. */
  readonly origin: 'formula' | 'own' | 'given';
}

/** A {@link PlannedSetting} of the formula, before anything is overridden. */
export interface SettingRow {
  readonly name: string;
  readonly value: string;
  readonly why: string;
}
