import { onlyRow, type Session } from './sql-session.ts';

/** Runs a statement that takes no parameters: the server itself quotes `values` into `template`. */
export async function execute(
  sql: Session,
  template: string,
  values: readonly string[],
): Promise<void> {
  const rows = await sql<{ statement: string }[]>`
    SELECT format(${template}::text, VARIADIC
                  ARRAY(SELECT jsonb_array_elements_text(${JSON.stringify(values)}::text::jsonb))
                 ) AS statement`;
  await sql.unsafe(onlyRow(rows).statement);
}
