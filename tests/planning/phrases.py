"""What customers say, and the intent they mean; and what must not be taken for an intent.

Written by hand and apart from the catalogue's own examples, which are tested as well.
"""

MEANT: dict[str, list[str]] = {
    "deploy": ["Please deploy the app", "Deploy to production", "Deploy the checkout service to staging"],
    "build": [
        "Build the frontend",
        "Can you build the project?",
        "Compile all the code",
        "We need to build it",
    ],
    "test": [
        "Run all tests",
        "run the unit tests for the backend",
        "Let's run the test suite",
        "Test the code",
    ],
    "lint": ["Lint the project", "Please run the linter on the code", "check the code quality"],
    "format": ["Format the codebase", "Reformat all files", "run prettier on the project"],
    "install_dependencies": [
        "Install all dependencies",
        "install npm packages",
        "Install the project's requirements",
        "install deps",
    ],
    "clean": ["Clean the workspace", "Tidy up the project", "delete the build output"],
    "migrate_database": [
        "Migrate the Postgres database",
        "apply the pending database migrations",
        "Run the Django migrations",
    ],
    "run_script": [
        "run the script scripts/seed.sh",
        "Execute tools/report.py",
        "Run the python script main.py",
    ],
    "create_file": [
        "Create a file named a.txt with the text hi",
        "write a file called x.md containing \"one, two\"",
        "Make a new file notes/today.txt",
    ],
    "create_folder": [
        "Create a new folder named out",
        "make the directory build/tmp",
        "Add a folder called \"my docs\"",
    ],
    "show_file": ["Show package.json", "Display the file docs/index.md", "Read the contents of notes.txt"],
    "list_files": [
        "List the files",
        "Show me all the files in the project",
        "list the contents of the directory src",
    ],
    "find_files": ["Find files called setup.cfg", "locate all files matching *.md", "Find all .py files"],
    "search_text": [
        "Find \"import os\" in the project",
        "grep for 'main' in all files",
        "Search all files for \"password\"",
    ],
    "count_lines": [
        "Count lines of code",
        "Count the lines in the workspace",
        "show the total number of lines",
    ],
    "tail_logs": ["Show the logs", "tail the server logs", "Show the last 20 lines of the logs"],
    "largest_files": [
        "show the largest files in the workspace",
        "List the 5 biggest files",
        "Find large files",
    ],
    "backup_files": ["Back up the project", "Please back up all my files", "Take a snapshot of the workspace"],
    "backup_database": ["Backup the database", "Back up the SQLite database", "Take a database backup"],
    "restore_files": [
        "Restore the backup",
        "Restore the project from the latest backup",
        "recover the files from the backup",
    ],
    "restore_database": [
        "Restore the Postgres database",
        "Restore the db from the backup",
        "recover the database",
    ],
    "compress": ["Compress the folder dist", "Zip the workspace", "Create a zip archive of the folder src"],
    "extract": ["Unzip the file site.zip", "extract backup.tar.gz", "Unpack the archive a.tgz"],
    "csv_to_json": [
        "Convert users.csv to JSON",
        "Transform the file data/a.csv to json",
        "turn b.csv into JSON",
    ],
    "checksum": ["Checksum all files", "Calculate checksums of the files", "Compute the SHA256 of a.bin"],
    "git_init": ["Initialize a git repository", "Set up git for the project", "Create an empty git repo"],
    "git_clone": [
        "Clone the repo https://example.com/x.git",
        "clone https://github.com/a/b",
        "Please clone git@github.com:a/b.git",
    ],
    "git_status": ["Show git status", "List the uncommitted changes", "Check the git status of the repository"],
    "git_log": ["Show the latest commits", "List the last 3 commits", "show the git history"],
    "git_commit": ["Commit everything", "Commit all files with message 'First'", "Save the changes to git"],
    "git_pull": ["Pull the latest code", "Pull the changes from origin", "git pull the latest changes"],
    "create_node_project": [
        "Create a Node project",
        "Create a Node.js app called web-shop",
        "Scaffold a JavaScript project named x",
    ],
    "create_python_project": [
        "Create a Python package named parser",
        "Set up a Python project",
        "Make a new python app",
    ],
    "create_static_site": [
        "Create a static website",
        "Make a simple HTML page",
        "Create a landing page called launch",
    ],
    "create_express_api": [
        "Create an Express.js API",
        "Set up an Express server",
        "create a REST API using Express with /orders endpoints",
    ],
    "create_dockerfile": ["Add a Dockerfile", "Dockerize the app", "Generate a Dockerfile for the service"],
    "create_compose": [
        "Add Docker Compose",
        "create a compose file",
        "Write a Docker Compose file with postgres and redis",
    ],
    "start_service": ["Start the app", "Spin up the server", "Start the billing service"],
    "stop_service": ["Stop the app", "Shut down the server", "Stop the service named api"],
    "restart_service": ["Restart the app", "Please restart nginx", "restart the billing service"],
    "fetch_url": [
        "Download https://example.com/x.csv",
        "fetch the file https://example.com/y",
        "Get https://example.com",
    ],
    "check_url": [
        "Check https://example.com",
        "Check that https://example.com is online",
        "Ping https://example.com/health",
    ],
    "echo": ["Say hello to everyone", "echo hello executor.one", "Print \"done\"", "Echo hello"],
    "disk_usage": ["Show the disk usage", "Check disk space", "show the free disk space"],
    "system_information": ["Show the system info", "show CPU information", "Display the memory usage"],
    "tool_versions": ["Show installed tools", "List all installed programs", "Show the versions of the tools"],
    "workspace_report": [
        "Generate a report of the project",
        "Summarize the repository",
        "Write a report on the workspace",
    ],
    "random_password": [
        "Generate a password",
        "Create a strong password of 16 characters",
        "generate a random token",
    ],
    "uuid": ["Generate a random UUID", "Create a GUID", "make a new UUID v4"],
    "current_time": ["Show the time", "Print the current date", "tell me the time"],
}  # fmt: skip

COMPOUND: dict[str, list[str]] = {
    "Build and deploy the frontend": ["build", "deploy"],
    "install dependencies, run the tests and deploy": ["install_dependencies", "test", "deploy"],
    "1. Install dependencies\n2. Run the tests\n3. Deploy": ["install_dependencies", "test", "deploy"],
    "- build\n- deploy": ["build", "deploy"],
    "Build -> test -> deploy": ["build", "test", "deploy"],
    "Build the app. Then deploy it to production.": ["build", "deploy"],
    "lint & format": ["lint", "format"],
    "build; deploy": ["build", "deploy"],
    "Back up the database and then migrate the database": ["backup_database", "migrate_database"],
    "Clone https://a.example/x.git and install dependencies": ["git_clone", "install_dependencies"],
    "commit everything with message \"a; b, and deploy\" and deploy": ["git_commit", "deploy"],
    "Create a file called a.txt with content \"build and deploy\", and list all files": ["create_file", "list_files"],
    "Pull the latest changes, install the dependencies, build the frontend and restart the server": [
        "git_pull", "install_dependencies", "build", "restart_service",
    ],
    "Initialize a git repo and create a Python project called x1": ["git_init", "create_python_project"],
}  # fmt: skip

NOT_MEANT = """\
Write a poem about deployment strategies
Explain how to deploy the application
Do not deploy the application
Don't deploy
Don\u2019t deploy the application
Never restart the server
Deploy is broken
Deployment failed yesterday
Should we deploy?
Deploy the application?
How do I run the tests?
Deploy the application tomorrow
Deploy the application if the tests pass
Deploy only after running the tests
Run the tests before you deploy
Deploy nothing
Deploy no service
Deploy all services but production
Deploy the troops
Deploy the application and sing a song
Deploy the app; rm -rf /
Deploy $(id)
Deploy | tee x
Build a house
Build a project plan
Build trust with our customers
Build a machine learning model to predict churn
Build and paint a fence
Test the hypothesis that cats like milk
Test my patience
Format my resume
Format the project plan
Back up your claims with evidence
Restore my faith in humanity
Restore the website to its former glory
Compress the spine
Compress it
Extract the main insights from this article
Clean the kitchen
Run a marathon
Run the project
run rm -rf /
Start a company
Start a project
Start the website redesign project
Stop smoking
Stop worrying about the server
Launch the missiles
Launch a product campaign
Create a marketing plan
Create a logo for the website
Create a backup plan for the wedding
Create a new user in the database
Create a website for my bakery with online shop
Create a Node project called shop with authentication
Create a Node project called my shop
Create a Node project called shop$(id)
Create an Express API with GraphQL endpoints
Create a Python app that predicts the weather
Create a video about Docker Compose
Create a folder structure
Make a file cabinet
make it pop
Generate a report on climate change
Generate ideas for a birthday party
Convert my friends to vegetarians
Show me the money
List reasons to use Python
Find a good restaurant
Find the meaning of life
Search for a new job
Count my blessings
Print money
Say something nice about my boss
Read the room
Commit to a healthy lifestyle
Pull yourself together
Clone a sheep
Ship the parcel to Berlin
Release the hounds
Publish a blog post about testing
Check the grammar of this sentence
Install a new kitchen sink
Migrate the blog to WordPress
Tail the suspect
Ping my colleague
Summarize the meeting
Archive the decision
Delete all files
Drop the database
Fix the failing tests
Add tests for the API
The build is red
Our deployment pipeline needs work
My first goal
asdf qwerty
…
?!
""".splitlines()

COMMANDS = [
    "echo hello executor.one", "cd /app && git pull origin main", "npm ci", "pm2 restart all", "npm install",
    "npm run build", "pm2 restart frontend", "git pull", "./deploy.sh", "../x/run", "/usr/bin/env",
    "FOO=1 make test", "ls -la /tmp", "python3 -c 'print(1)'", "sleep 1", "false", "true", "exit 3",
    "test -f x", "test 1 = 2", "make", "make build", "make test", "make backup", "kubectl apply -f x.yaml",
    "frobnicate x y", "mycli deploy", "deploy.sh now", "find . -name x", "sort a.txt", "touch a b",
    "command Xvfb :1", "[ -f x ]", "(cd a; ls)", "# a comment", "for i in 1 2; do echo $i; done", "wait", "date",
    "read x", "true; exit 2", "$HOME/run", "> empty.txt", "set -e\nnpm ci\nnpm test", "docker compose up -d",
    "build --release the thing", "python manage.py migrate", "install -m 644 a b", "cat <<X\nhi\nX",
]  # fmt: skip

DESCRIPTIONS = [
    "Deploy the application", "run the tests", "install dependencies", "back up the database",
    "create a new Node.js project called shop", "Echo hello", "Git pull", "test the application",
    "find the largest files", "format the code", "build", "deploy", "write a poem about deployment",
    "make a backup of the database", "start the server", "show disk usage", "clean up", "please build",
    "restart nginx", "sort the CSV file", "Frobnicate the foo", "tell me about the weather",
]  # fmt: skip
