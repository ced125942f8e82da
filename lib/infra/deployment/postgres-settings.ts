import { SettingValues } from '../../core/config/host-config.ts';
import { settingFaults } from '../../core/config/own-settings.ts';

/** Settings for postgresql.conf, above what the host works out from its memory and cores. */
export const PostgresSettings = SettingValues.superRefine((settings, context) => {
  for (const { name, message } of settingFaults(settings)) {
    context.addIssue({ code: 'custom', path: [name], message });
  }
});
