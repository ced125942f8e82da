import { beforeEach, describe, expect, test } from 'vitest';
import { ensurePooler } from '../../lib/core/adapters/postgres/pooler-login.ts';
import { type Session, withSession } from '../../lib/core/adapters/postgres/sql-session.ts';
import { SALT_BYTES, scramVerifier } from '../../lib/core/secrets/scram-verifier.ts';
import { testServer } from '../support/postgres-server.ts';

const it = testServer();
const VERIFIER = scramVerifier('pencil', Buffer.alloc(SALT_BYTES, 1));
const OTHER = scramVerifier('paper', Buffer.alloc(SALT_BYTES, 2));
const LOGIN = `LOGIN PASSWORD '${VERIFIER}'`;

async function run<T>(use: (sql: Session) => Promise<T>, user?: string): Promise<T> {
  const { connection } = it().server;
  return withSession({ ...connection, user: user ?? connection.user }, {}, use);
}

/** What the pooler is told of a role. */
async function lookUp(name: string): Promise<readonly unknown[]> {
  return run(
    async (sql) => [...(await sql`SELECT usename, passwd FROM holdfast.pooler_login(${name})`)],
    'holdfast_pooler',
  );
}

describe('the login function of the pooler', () => {
  beforeEach(async () => run(async (sql) => ensurePooler(sql, VERIFIER)));

  test('gives what a client logs in with', async () => {
    await run(async (sql) =>
      sql.unsafe(`CREATE ROLE app ${LOGIN}; CREATE ROLE "A b'c" ${LOGIN}`).simple(),
    );
    expect(await lookUp('app')).toEqual([{ usename: 'app', passwd: VERIFIER }]);
    expect(await lookUp("A b'c")).toEqual([{ usename: "A b'c", passwd: VERIFIER }]);
  });

  test('gives nothing of whoever must not come this way', async () => {
    const long = 'l'.repeat(63);
    await run(async (sql) =>
      sql
        .unsafe(
          `CREATE ROLE boss SUPERUSER ${LOGIN};
           CREATE ROLE deputy ${LOGIN} IN ROLE boss;
           CREATE ROLE clerk ${LOGIN} IN ROLE deputy;
           CREATE ROLE copier REPLICATION ${LOGIN};
           CREATE ROLE holdfast_backup ${LOGIN};
           CREATE ROLE people PASSWORD '${VERIFIER}';
           CREATE ROLE ${long} ${LOGIN};`,
        )
        .simple(),
    );
    const names = ['boss', 'deputy', 'clerk', 'copier', 'holdfast_backup', 'holdfast_pooler'];
    for (const name of [...names, 'people', 'nobody', `${long}x`, '', 'APP', "' OR true --"]) {
      expect({ name, rows: await lookUp(name) }).toEqual({ name, rows: [] });
    }
    expect(await lookUp(long)).toHaveLength(1);
  });

  test('gives no password that has expired, is none, or is not SCRAM’s', async () => {
    await run(async (sql) =>
      sql
        .unsafe(
          `CREATE ROLE gone ${LOGIN} VALID UNTIL '2020-01-01';
           CREATE ROLE there ${LOGIN} VALID UNTIL 'infinity';
           CREATE ROLE bare LOGIN;
           SET password_encryption = md5;
           CREATE ROLE old LOGIN PASSWORD 'pencil';`,
        )
        .simple(),
    );
    for (const usename of ['gone', 'bare', 'old']) {
      expect(await lookUp(usename)).toEqual([{ usename, passwd: null }]);
    }
    expect(await lookUp('there')).toEqual([{ usename: 'there', passwd: VERIFIER }]);
  });

  test('is for its role alone, and runs as the superuser who made it last', async () => {
    await run(async (sql) => {
      await sql.unsafe('CREATE ROLE someone LOGIN; CREATE ROLE maker').simple();
      await sql.unsafe('GRANT USAGE ON SCHEMA holdfast TO someone').simple();
      // As somebody's may be who was a superuser once.
      await sql.unsafe('ALTER FUNCTION holdfast.pooler_login(text) OWNER TO maker').simple();
      await ensurePooler(sql, VERIFIER);
    });
    const call = run(async (sql) => sql`SELECT holdfast.pooler_login('app')`, 'someone');
    await expect(call).rejects.toThrow('permission denied for function pooler_login');
    const [made] = await run(
      async (sql) => sql`
        SELECT proowner::regrole::text AS owner, prosecdef, proconfig
          FROM pg_proc WHERE proname = 'pooler_login'`,
    );
    expect(made).toEqual({
      owner: it().server.connection.user,
      prosecdef: true,
      proconfig: '{"search_path=pg_catalog, pg_temp"}',
    });
  });

  test('comes with its role, which has no power, and the password that was given last', async () => {
    await run(async (sql) => {
      await sql.unsafe('ALTER ROLE holdfast_pooler SUPERUSER CREATEDB NOLOGIN').simple();
      await ensurePooler(sql, VERIFIER);
      await ensurePooler(sql, OTHER);
    });
    const [role] = await run(
      async (sql) => sql`
        SELECT rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls,
               rolpassword = ${OTHER} AS has_password
          FROM pg_authid WHERE rolname = 'holdfast_pooler'`,
    );
    expect(role).toEqual({
      rolcanlogin: true,
      rolsuper: false,
      rolcreatedb: false,
      rolcreaterole: false,
      rolreplication: false,
      rolbypassrls: false,
      has_password: true,
    });
  });
});
