/**
 * What the machine that runs the tests says of itself changes what commands do: with `CI` they write in colour, and prove
 * no process of another run dead. Each test begins as in a person's plain terminal, and sets what it is about.
 */
for (const name of ["CI", "GITHUB_ACTIONS", "GITLAB_CI", "FORCE_COLOR", "CLICOLOR_FORCE"]) delete process.env[name];
process.env.NO_COLOR = "1";
