/** What a server proves itself with, and what others verify it by; all in PEM. */
export interface CertificateFileTexts {
  /** `server.key` */
  readonly privateKey: string | undefined;
  /** `server.crt` */
  readonly certificate: string | undefined;
  /** `roots.pem` */
  readonly roots: string | undefined;
}

/** The certificates on this machine's disk. */
export interface CertificateFiles {
  read(directory: string): Promise<CertificateFileTexts>;

  /**
   * Replaces the files that are given, each whole, for the directory's owner alone; the key last but one, the
   * certificate last. Durable once resolved. Between these two they do not fit each other.
   */
  write(directory: string, texts: Partial<CertificateFileTexts>): Promise<void>;
}
