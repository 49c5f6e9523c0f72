// A SCIM server that nobody of us wrote (scimmy), with a Map behind it.
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const users = new Map();
let last = 0;

SCIMMY.Resources.declare(SCIMMY.Resources.User, {
    ingress: (resource, data) => {
        const name = data.userName.toLowerCase();
        for (const [id, user] of users) {
            if (user.userName.toLowerCase() === name && id !== resource.id)
                throw new SCIMMY.Types.Error(409, "uniqueness", "taken");
        }
        const id = resource.id ?? `user-${++last}`;
        const user = {...JSON.parse(JSON.stringify(data)), id, meta: {created: "2026-01-05T09:00:00.000Z", lastModified: new Date().toISOString()}};
        users.set(id, user);
        return user;
    },
    egress: (resource) => {
        if (resource.id) {
            if (!users.has(resource.id)) throw new SCIMMY.Types.Error(404, null, "unknown");
            return users.get(resource.id);
        }
        const all = [...users.values()];
        return resource.filter ? resource.filter.match(all) : all;
    },
    degress: (resource) => {
        if (!users.delete(resource.id)) throw new SCIMMY.Types.Error(404, null, "unknown");
    },
});

const app = express();
app.use("/scim/v2", new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
        if (request.header("Authorization") !== `Bearer ${process.env.SCIM_TOKEN}`) throw new Error("not known");
        return "tests";
    },
}));
const server = app.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
process.stdin.on("end", () => process.exit(0)).resume(); // gone together with the test
