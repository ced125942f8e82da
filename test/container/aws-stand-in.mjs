/**
 * Answers the two calls that a task makes before it looks for its server. Run in a container by the
 * image's own Node, which is given its text and: PORT SECRET-FILE PARAMETER-FILE
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [port, secretFile, parameterFile] = process.argv.slice(-3);
const ANSWERS = {
  'secretsmanager.GetSecretValue': () => ({ SecretString: readFileSync(secretFile, 'utf8') }),
  'AmazonSSM.GetParameter': () => ({ Parameter: { Value: readFileSync(parameterFile, 'utf8') } }),
};

process.once('SIGINT', () => process.exit());
createServer((request, response) => {
  const answer = ANSWERS[request.headers['x-amz-target']];
  request.resume().on('end', () => {
    response.writeHead(answer ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer?.() ?? { __type: 'UnknownOperationException' }));
  });
}).listen(Number(port));
