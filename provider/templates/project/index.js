const { SupersetAssets } = require("pulumi-superset");

// The files of the folder `assets`, or of the setting superset:assets.
const assets = new SupersetAssets("assets");

// What `pulumi stack output` tells: the addresses of the dashboards, by title.
exports.dashboards = assets.urls("dashboard");
