package entra

import "time"

// Seeded names what Seed put in.
type Seeded struct {
	App   string // service principal of "Apollo.io": assignment required, one role for users
	Role  string
	Job   string // its provisioning job, active
	Sales string // group that gives the app
	Dana  string // dana.reyes@example.com: assigned directly
	Eli   string // eli.park@example.com: by the group
	Ada   string // ada.stone@example.com: directly, holds a directory role
	Bo    string // bo.lind@example.com: not at all
}

// Seed fills a tenant with a few people around one app, the same each time.
func (s *Simulator) Seed() Seeded {
	since := time.Date(2024, 3, 4, 9, 0, 0, 0, time.UTC)
	person := func(name, mail string, admin bool) string {
		return s.AddUser(User{Name: name, Mail: mail, Created: since, Admin: admin})
	}
	in := Seeded{Role: "d0000000-0000-4000-8000-000000000001"}
	in.App = s.AddApp(App{Name: "Apollo.io", Roles: []Role{{ID: in.Role, Value: "User"}}})
	in.Dana = person("Dana Reyes", "dana.reyes@example.com", false)
	in.Eli = person("Eli Park", "eli.park@example.com", false)
	in.Ada = person("Ada Stone", "ada.stone@example.com", true)
	in.Bo = person("Bo Lind", "bo.lind@example.com", false)
	in.Sales = s.AddGroup(Group{Name: "Sales", Members: []string{in.Eli}})
	in.Job = s.AddJob(in.App, Job{Code: "Active"})
	s.Give(in.App, in.Dana, in.Role)
	s.Give(in.App, in.Ada, in.Role)
	s.Give(in.App, in.Sales, in.Role)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cycle() // they have been in the app for long: nobody hears of it
	return in
}
