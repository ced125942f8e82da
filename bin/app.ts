import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { addEnvironment } from '../lib/infra/holdfast-app.ts';
import { parseDeployments } from '../lib/infra/deployment/parse-deployments.ts';
import { SynthError } from '../lib/infra/synth-error.ts';
import { ENVIRONMENTS } from './environments/index.ts';

const app = new App();
try {
  const wanted: string | undefined = app.node.tryGetContext('env');
  addEnvironment(app, parseDeployments(ENVIRONMENTS, wanted));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
} catch (error) {
  if (!(error instanceof SynthError)) throw error;
  // Whoever deploys has made it and can mend it: a stack trace would hide how.
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
